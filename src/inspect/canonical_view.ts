/** Whether a sender wrote a frame as this code does, and where not. */
import type { Reencoding } from "../protocols/definition.ts";
import type { ByteRange } from "../protocols/inspection.ts";

/** So many equal bytes end a difference: fewer are a coincidence. */
const MIN_EQUAL_BYTES = 4;
/** How long a difference may be, and how far the two may be shifted behind it, to be aligned again: a longer one reaches to the end. */
const MAX_SKIPPED_BYTES = 256;
const MAX_SHIFT_BYTES = 64;
/** Differences that are told; the last one reaches to the end. */
const MAX_DIFFERENCES = 256;

/** Bytes that differ: where they stand in what was found and in what this code writes. One of them may be empty. */
export interface ByteDifference {
  readonly found: ByteRange;
  readonly canonical: ByteRange;
}

/** What a comparison shows. */
export interface CanonicalView {
  /** The frame, or the content that a frame completed. */
  readonly of: Reencoding["of"];
  readonly isCanonical: boolean;
  readonly differences: readonly ByteDifference[];
}

/**
 * Compares the bytes of a frame with those that this code writes for what they say. Differences are in their order; where the two
 * have other lengths they are aligned again as soon as four bytes agree.
 *
 * @example
 * ```ts
 * const [found, canonical] = [Uint8Array.of(1, 2, 3), Uint8Array.of(1, 9, 3)];
 * canonicalView({ of: "frame", found, canonical }).differences;
 * // [{ found: { start: 1, end: 2 }, canonical: { start: 1, end: 2 } }]
 * ```
 */
export function canonicalView({ of, found, canonical }: Reencoding): CanonicalView {
  const differences: ByteDifference[] = [];
  let [a, b] = [0, 0];
  while (a < found.length || b < canonical.length) {
    if (a < found.length && b < canonical.length && found[a] === canonical[b]) {
      a++;
      b++;
      continue;
    }
    const isLast = differences.length === MAX_DIFFERENCES - 1;
    const [nextA, nextB] = isLast ? [found.length, canonical.length] : nextEqual(found, a, canonical, b);
    differences.push({ found: { start: a, end: nextA }, canonical: { start: b, end: nextB } });
    [a, b] = [nextA, nextB];
  }
  return { of, isCanonical: differences.length === 0, differences };
}

/** The nearest place behind a difference where both agree again: with the least skipped, then the least shift. */
function nextEqual(found: Uint8Array, a: number, canonical: Uint8Array, b: number): readonly [number, number] {
  // Where as much is left of both, bytes were replaced: a single one needs no proof that four agree behind it.
  if (found.length - a === canonical.length - b) return nextUnshifted(found, a, canonical, b);
  for (let skipped = 0; skipped <= MAX_SKIPPED_BYTES; skipped++) {
    for (let shift = 0; shift <= MAX_SHIFT_BYTES; shift++) {
      if (agree(found, a + skipped + shift, canonical, b + skipped)) return [a + skipped + shift, b + skipped];
      if (agree(found, a + skipped, canonical, b + skipped + shift)) return [a + skipped, b + skipped + shift];
    }
  }
  return [found.length, canonical.length];
}

function nextUnshifted(found: Uint8Array, a: number, canonical: Uint8Array, b: number): readonly [number, number] {
  let same = 1;
  while (a + same < found.length && found[a + same] !== canonical[b + same]) same++;
  return [a + same, b + same];
}

/** True where four bytes agree, or all that are left, or both are at their end. */
function agree(found: Uint8Array, a: number, canonical: Uint8Array, b: number): boolean {
  if (a > found.length || b > canonical.length) return false;
  const wanted = Math.min(MIN_EQUAL_BYTES, found.length - a);
  if (canonical.length - b < wanted || (wanted === 0 && b < canonical.length)) return false;
  for (let i = 0; i < wanted; i++) if (found[a + i] !== canonical[b + i]) return false;
  return true;
}
