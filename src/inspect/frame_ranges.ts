import { headBytes } from "../core/framing.ts";
import type { Framing } from "../core/mod.ts";
import type { ByteRange } from "../protocols/inspection.ts";

/** Where the parts of a frame stand that a scan looks at. */
export interface FrameRanges {
  readonly length: ByteRange;
  /** Nothing for a framing without one. */
  readonly crc: ByteRange | undefined;
  /** What the CRC covers. */
  readonly covered: ByteRange | undefined;
}

/**
 * The ranges of a frame of that size.
 *
 * @example
 * ```ts
 * import { LENGTH_CRC_BODY } from "tidewire/core";
 * frameRanges(LENGTH_CRC_BODY, 100).covered; // { start: 8, end: 100 }
 * ```
 */
export function frameRanges(framing: Framing, frameBytes: number): FrameRanges {
  const length = { start: framing.lengthAt, end: headBytes(framing) };
  if (framing.crcBytes === 0) return { length, crc: undefined, covered: undefined };
  const crcAt = framing.crcAt < 0 ? frameBytes + framing.crcAt : framing.crcAt;
  return {
    length,
    crc: { start: crcAt, end: crcAt + framing.crcBytes },
    covered: { start: framing.crcFrom, end: frameBytes - framing.crcToEnd },
  };
}
