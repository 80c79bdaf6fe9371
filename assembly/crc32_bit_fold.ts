// The sparse multiple y^300 + y^155 + y^117 + y^89 + 1 = 0 (mod P) with y = x, one bit, in words of 64 bits: what stands in a
// word is moved 145, 183, 211 and 300 bits on, that is two to five words, and the word is done with. The five words that
// are left at the end have the same remainder as all the bytes had. (The idea is Chorba's, arXiv 2412.16398.)

import { BIT_FOLD_LEFT_AT } from "./layout";
import { slice } from "./crc32_slice";

/** Five words in flight. */
const GROUP_BYTES: usize = 40;

/** Below this slicing alone is as fast, and faster where many short frames follow each other (measured). */
export const MIN_BIT_FOLD_BYTES: u32 = 128;

/** The register after the bytes [at, end), of which there must be 40 at least. */
export function bitFold(at: usize, end: usize, register: u32): u32 {
  let w0 = load<u64>(at) ^ <u64>register;
  let w1 = load<u64>(at, 8);
  let w2 = load<u64>(at, 16);
  let w3 = load<u64>(at, 24);
  let w4 = load<u64>(at, 32);
  at += GROUP_BYTES;
  for (; at + GROUP_BYTES <= end; at += GROUP_BYTES) {
    // 145 = 2 * 64 + 17, 183 = 2 * 64 + 55, 211 = 3 * 64 + 19, 300 = 4 * 64 + 44
    w2 ^= (w0 << 17) ^ (w0 << 55);
    w3 ^= (w0 >> 47) ^ (w0 >> 9) ^ (w0 << 19);
    w4 ^= (w0 >> 45) ^ (w0 << 44);
    w0 = (w0 >> 20) ^ load<u64>(at);

    w3 ^= (w1 << 17) ^ (w1 << 55);
    w4 ^= (w1 >> 47) ^ (w1 >> 9) ^ (w1 << 19);
    w0 ^= (w1 >> 45) ^ (w1 << 44);
    w1 = (w1 >> 20) ^ load<u64>(at, 8);

    w4 ^= (w2 << 17) ^ (w2 << 55);
    w0 ^= (w2 >> 47) ^ (w2 >> 9) ^ (w2 << 19);
    w1 ^= (w2 >> 45) ^ (w2 << 44);
    w2 = (w2 >> 20) ^ load<u64>(at, 16);

    w0 ^= (w3 << 17) ^ (w3 << 55);
    w1 ^= (w3 >> 47) ^ (w3 >> 9) ^ (w3 << 19);
    w2 ^= (w3 >> 45) ^ (w3 << 44);
    w3 = (w3 >> 20) ^ load<u64>(at, 24);

    w1 ^= (w4 << 17) ^ (w4 << 55);
    w2 ^= (w4 >> 47) ^ (w4 >> 9) ^ (w4 << 19);
    w3 ^= (w4 >> 45) ^ (w4 << 44);
    w4 = (w4 >> 20) ^ load<u64>(at, 32);
  }
  store<u64>(BIT_FOLD_LEFT_AT, w0);
  store<u64>(BIT_FOLD_LEFT_AT, w1, 8);
  store<u64>(BIT_FOLD_LEFT_AT, w2, 16);
  store<u64>(BIT_FOLD_LEFT_AT, w3, 24);
  store<u64>(BIT_FOLD_LEFT_AT, w4, 32);
  return slice(at, end, slice(BIT_FOLD_LEFT_AT, BIT_FOLD_LEFT_AT + GROUP_BYTES, 0));
}
