// The sparse multiple y^300 + y^155 + y^117 + y^89 + 1 = 0 (mod P) with y = x^8, one byte, in vectors of 16 bytes. Each byte
//   S[k] = in[k] ^ S[k - 145] ^ S[k - 183] ^ S[k - 211] ^ S[k - 300]
// is written to a scratch region; the last 320 bytes take in what stands before them, but not each other, and then have
// the same remainder as the whole input had. (The idea is Chorba's, arXiv 2412.16398; a unit of one byte leaves so little over
// that it was the fastest from 512 bytes to 256 KiB among units of 1, 2, 4, 8 and 16.)

import { BYTE_FOLD_AT, BYTE_FOLD_BYTES, BYTE_FOLD_LEFT_AT, SHIFT_INDICES_AT } from "./layout";
import { bitFold } from "./crc32_bit_fold";

/** Below this the bit fold alone is faster (measured). */
export const MIN_BYTE_FOLD_BYTES: u32 = 512;

/** S reaches 300 bytes back: 19 vectors. */
const HISTORY_BYTES: usize = 304;

/** The last 300 bytes can't be folded. Rounded up to a whole number of vectors and of the bit fold's groups. */
const LEFT_BYTES: usize = 320;

/** Vectors of one turn of the fast loop: its window is six vectors wide, so after six steps every one is in its place again. */
const TURN_BYTES: usize = 96;

/** What the leftover reads of S beyond the last folded byte, where S counts as zero. */
const BEYOND_BYTES: usize = 176;

function fillShiftIndices(): void {
  const nothing = i8x16.splat(-128);
  v128.store(SHIFT_INDICES_AT, nothing);
  v128.store(SHIFT_INDICES_AT + 16, i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  v128.store(SHIFT_INDICES_AT + 32, nothing);
}

fillShiftIndices();

function fillZero(at: usize, end: usize): void {
  for (; at < end; at += 16) v128.store(at, i64x2.splat(0));
}

/**
 * Writes the first two vectors of S: `pad` zero bytes (which change no remainder), then the input with the register in its
 * first four bytes.
 */
// @ts-ignore: decorator
@inline
function begin(s: usize, at: usize, pad: usize, register: u32): void {
  const seed = i32x4.replace_lane(i32x4.splat(0), 0, register);
  const right = v128.load(SHIFT_INDICES_AT + 16 - pad);
  const carriedOver = v128.load(SHIFT_INDICES_AT + 32 - pad);
  v128.store(s, i8x16.swizzle(v128.xor(v128.load(at), seed), right));
  v128.store(s, v128.xor(v128.load(at + 16 - pad), i8x16.swizzle(seed, carriedOver)), 16);
}

/** One vector of input with all that falls on it. `s` is where the history of that vector begins. */
// @ts-ignore: decorator
@inline
function folded(input: usize, s: usize): v128 {
  const near = v128.xor(v128.load(s, HISTORY_BYTES - 145), v128.load(s, HISTORY_BYTES - 183));
  const far = v128.xor(v128.load(s, HISTORY_BYTES - 211), v128.load(s, HISTORY_BYTES - 300));
  return v128.xor(v128.load(input), v128.xor(near, far));
}

/**
 * The same, with the three near terms cut out of a window of whole vectors that stay in registers: `v14` is the vector 14
 * before this one. That takes three loads a step instead of five, and loads are what the loop waits for. The far term is loaded
 * where it stands (measured: a window for it as well is slower).
 */
// @ts-ignore: decorator
@inline
function foldedFrom(input: v128, far: v128, v14: v128, v13: v128, v12: v128, v11: v128, v10: v128, v9: v128): v128 {
  // 14 * 16 - 211 = 13, 12 * 16 - 183 = 9, 10 * 16 - 145 = 15
  const by211 = i8x16.shuffle(v14, v13, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
  const by183 = i8x16.shuffle(v12, v11, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24);
  const by145 = i8x16.shuffle(v10, v9, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
  return v128.xor(v128.xor(v128.xor(v128.xor(input, far), by211), by183), by145);
}

/** Folds whole turns: input [input, end) into S, whose history begins at `s`. Returns where the history begins afterwards. */
function foldTurns(input: usize, end: usize, s: usize): usize {
  // Vector n before the one in work stands at s + HISTORY_BYTES - 16 * n.
  let a = v128.load(s, HISTORY_BYTES - 224);
  let b = v128.load(s, HISTORY_BYTES - 208);
  let c = v128.load(s, HISTORY_BYTES - 192);
  let d = v128.load(s, HISTORY_BYTES - 176);
  let e = v128.load(s, HISTORY_BYTES - 160);
  for (; input < end; input += TURN_BYTES, s += TURN_BYTES) {
    let f = v128.load(s, HISTORY_BYTES - 144);
    v128.store(s, foldedFrom(v128.load(input), v128.load(s, 4), a, b, c, d, e, f), HISTORY_BYTES);
    a = v128.load(s, HISTORY_BYTES - 128);
    v128.store(s, foldedFrom(v128.load(input, 16), v128.load(s, 20), b, c, d, e, f, a), HISTORY_BYTES + 16);
    b = v128.load(s, HISTORY_BYTES - 112);
    v128.store(s, foldedFrom(v128.load(input, 32), v128.load(s, 36), c, d, e, f, a, b), HISTORY_BYTES + 32);
    c = v128.load(s, HISTORY_BYTES - 96);
    v128.store(s, foldedFrom(v128.load(input, 48), v128.load(s, 52), d, e, f, a, b, c), HISTORY_BYTES + 48);
    d = v128.load(s, HISTORY_BYTES - 80);
    v128.store(s, foldedFrom(v128.load(input, 64), v128.load(s, 68), e, f, a, b, c, d), HISTORY_BYTES + 64);
    e = v128.load(s, HISTORY_BYTES - 64);
    v128.store(s, foldedFrom(v128.load(input, 80), v128.load(s, 84), f, a, b, c, d, e), HISTORY_BYTES + 80);
  }
  return s;
}

/** The register after the `bytes` bytes at `at`, of which there must be 352 at least. */
export function byteFold(at: usize, bytes: usize, register: u32): u32 {
  const pad: usize = (<usize>16 - (bytes & 15)) & 15;
  const end = at + bytes - LEFT_BYTES;
  let s: usize = BYTE_FOLD_AT;
  fillZero(s, s + HISTORY_BYTES);
  begin(s + HISTORY_BYTES, at, pad, register);
  let input = at - pad + 32;
  s += 32;
  for (let single = (end - input) % TURN_BYTES; single > 0; single -= 16, input += 16, s += 16) {
    v128.store(s, folded(input, s), HISTORY_BYTES);
  }
  while (true) {
    const room = BYTE_FOLD_AT + BYTE_FOLD_BYTES - BEYOND_BYTES - HISTORY_BYTES - s;
    const piece = min(end - input, room - (room % TURN_BYTES));
    s = foldTurns(input, input + piece, s);
    input += piece;
    if (input == end) break;
    for (let i: usize = 0; i < HISTORY_BYTES; i += 16) v128.store(BYTE_FOLD_AT + i, v128.load(s + i));
    s = BYTE_FOLD_AT;
  }
  fillZero(s + HISTORY_BYTES, s + HISTORY_BYTES + BEYOND_BYTES);
  for (let i: usize = 0; i < LEFT_BYTES; i += 16) v128.store(BYTE_FOLD_LEFT_AT + i, folded(input + i, s + i));
  return bitFold(BYTE_FOLD_LEFT_AT, BYTE_FOLD_LEFT_AT + LEFT_BYTES, 0);
}
