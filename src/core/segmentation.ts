import { ProtocolError } from "./protocol_error.ts";

/** A part's index and the number of parts are 16-bit numbers. */
export const MAX_PARTS = 65_535;

/** How a message of `totalBytes` is cut: parts of `partBytes`, and the rest in the last one. */
export interface SegmentPlan {
  readonly totalBytes: number;
  readonly partBytes: number;
  readonly partCount: number;
}

/** One part of a message: the bytes [offset, offset + bytes). */
export interface Segment {
  readonly partIndex: number;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Cuts a message of `totalBytes` into as few parts of at most `partBytes` as it takes.
 *
 * @throws ProtocolError `core/too-many-parts` (side `local`) if that are more than {@linkcode MAX_PARTS}, and
 * `core/nothing-to-cut` if one of the numbers is not a whole one from 1 on.
 *
 * @example
 * ```ts
 * import { planSegments, segmentAt } from "tidewire/core";
 * const plan = planSegments(100, 40);
 * console.log(plan.partCount, segmentAt(plan, 2)); // 3 { partIndex: 2, offset: 80, bytes: 20 }
 * ```
 */
export function planSegments(totalBytes: number, partBytes: number): SegmentPlan {
  if (!(Number.isInteger(totalBytes) && totalBytes >= 1 && Number.isInteger(partBytes) && partBytes >= 1)) {
    throw new ProtocolError({
      code: "core/nothing-to-cut",
      side: "local",
      found: `${totalBytes} bytes in parts of ${partBytes}`,
      expected: "at least one byte in parts of at least one byte",
    });
  }
  const partCount = Math.ceil(totalBytes / partBytes);
  if (partCount > MAX_PARTS) {
    throw new ProtocolError({
      code: "core/too-many-parts",
      side: "local",
      found: `${partCount} parts (${totalBytes} bytes in parts of ${partBytes})`,
      expected: `at most ${MAX_PARTS}`,
    });
  }
  return { totalBytes, partBytes, partCount };
}

/**
 * The part of that index, from 0 to `plan.partCount - 1`.
 *
 * @example
 * ```ts
 * import { planSegments, segmentAt } from "tidewire/core";
 * segmentAt(planSegments(100, 40), 2); // { partIndex: 2, offset: 80, bytes: 20 }
 * ```
 */
export function segmentAt(plan: SegmentPlan, partIndex: number): Segment {
  const offset = partIndex * plan.partBytes;
  return { partIndex, offset, bytes: Math.min(plan.partBytes, plan.totalBytes - offset) };
}
