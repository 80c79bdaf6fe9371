// CRC-32/ISO-HDLC: polynomial 0x04C11DB7, reflected in and out, initial value and final exclusive-or 0xFFFFFFFF.
// "Register" is the CRC before the final exclusive-or. In the reflected form the first bit of a byte is its lowest.

import { bitFold, MIN_BIT_FOLD_BYTES } from "./crc32_bit_fold";
import { byteFold, MIN_BYTE_FOLD_BYTES } from "./crc32_byte_fold";
import { slice } from "./crc32_slice";

/**
 * The CRC of `bytes` bytes at `at`. `seed` is 0, or the CRC of all that came before: `crc32(b, n, crc32(a, m, 0))` is the CRC
 * of a followed by b.
 */
export function crc32(at: usize, bytes: usize, seed: u32): u32 {
  if (bytes < MIN_BIT_FOLD_BYTES) return ~slice(at, at + bytes, ~seed);
  if (bytes < MIN_BYTE_FOLD_BYTES) return ~bitFold(at, at + bytes, ~seed);
  return ~byteFold(at, bytes, ~seed);
}
