import { loadKernels } from "./kernels.ts";

/** Why a run of lengths is refused. */
export type LengthsRefusal = "ended" | "padded" | "tooLong";

/** A run of lengths: their sum and where it ends, or why it is refused. */
export type LengthsSum =
  | { readonly ok: true; readonly total: number; readonly endAt: number }
  | { readonly ok: false; readonly reason: LengthsRefusal };

/** A run of uvarints that are lengths of texts. */
export interface LengthsRun {
  /** Where the run begins in the bytes. */
  readonly at: number;
  readonly count: number;
  /** 1 where a value of 0 stands for "nothing" and k + 1 for k, else 0. */
  readonly bias: 0 | 1;
  /** What the sum begins with. */
  readonly from: number;
}

/** By the negative numbers that the kernel returns, from -1 on. */
const REFUSALS: readonly LengthsRefusal[] = ["ended", "padded", "tooLong"];
/** Lengths in one call of the kernel: their bytes and their sums lie in the staging region side by side. */
const WINDOW_COUNT = 8_192;
/** A length below 2^31 takes at most so many bytes as a uvarint. */
const MAX_LENGTH_BYTES = 5;

/**
 * Sums up a run of uvarint lengths, each in its shortest form. With `ends`, the running sum behind each one is put there.
 *
 * @param ends `run.count` long, or left out
 *
 * @example
 * ```ts
 * import { sumLengths } from "tidewire/core";
 * sumLengths(Uint8Array.of(3, 0x80, 1, 2), { at: 0, count: 3, bias: 0, from: 0 }); // { ok: true, total: 133, endAt: 4 }
 * ```
 */
export function sumLengths(bytes: Uint8Array, run: LengthsRun, ends?: Uint32Array): LengthsSum {
  const { wasm, bytes: memory, words, stagingAt } = loadKernels();
  const endsAt = ends === undefined ? 0 : stagingAt + WINDOW_COUNT * MAX_LENGTH_BYTES;
  let { at, from: total } = run;
  for (let done = 0; done < run.count; done += WINDOW_COUNT) {
    const count = Math.min(WINDOW_COUNT, run.count - done);
    const window = bytes.subarray(at, at + count * MAX_LENGTH_BYTES);
    memory.set(window, stagingAt);
    const end = wasm.sumLengths(stagingAt, stagingAt + window.length, count, run.bias, total, endsAt);
    if (end < 0) return { ok: false, reason: REFUSALS[-1 - end]! };
    if (ends !== undefined) ends.set(words.subarray(endsAt / 4, endsAt / 4 + count), done);
    total = words[wasm.RESULT_AT.value / 4]!;
    at += end - stagingAt;
  }
  return { ok: true, total, endAt: at };
}

/** Entries in one call of the kernel. */
const WINDOW_ENTRIES = 16_384;

/**
 * The index of the first entry that is out of rank, or `count`: 32-bit floats descend, and where two are equal the 32-bit
 * ids beside them don't descend. A value that is not a number is out of rank, except a first one.
 *
 * @param values little-endian floats, `count` of them, at any alignment
 * @param ids little-endian unsigned integers, as many
 *
 * @example
 * ```ts
 * import { firstOutOfRank } from "tidewire/core";
 * const bytes = (array: ArrayBufferView) => new Uint8Array(array.buffer);
 * firstOutOfRank(bytes(Float32Array.of(9, 4, 4)), bytes(Uint32Array.of(1, 7, 5)), 3); // 2
 * ```
 */
export function firstOutOfRank(values: Uint8Array, ids: Uint8Array, count: number): number {
  const { wasm, bytes: memory, stagingAt } = loadKernels();
  const idsAt = stagingAt + WINDOW_ENTRIES * 4;
  // Windows share one entry, so that each entry meets the one before it.
  for (let first = 0; first < count; first += WINDOW_ENTRIES - 1) {
    const entries = Math.min(WINDOW_ENTRIES, count - first);
    memory.set(values.subarray(first * 4, (first + entries) * 4), stagingAt);
    memory.set(ids.subarray(first * 4, (first + entries) * 4), idsAt);
    const found = wasm.firstOutOfRank(stagingAt, idsAt, entries);
    if (found < entries) return first + found;
  }
  return count;
}
