// Scan of frames that begin with an octet of flags: bit 1 says whether eight octets of length follow, or one.

import { FRAME_TABLE_AT, RESULT_AT } from "./layout";

/** Offset of the body with the flags in its top octet, offset of the end: 8 bytes a row in the frame table. */
export const FLAGGED_ROW_BYTES: u32 = 8;
/** As many as fit the frame table. */
export const FLAGGED_ROWS: u32 = 10_240;

const LONG: u32 = 0b010;
/** MORE and COMMAND; the rest is reserved and read as 0. */
const KEPT_FLAGS: u32 = 0b101;

/**
 * Scans [begin, end), of at most 2^24 bytes, and writes a row for each whole frame. Stops at an unfinished tail, at a body
 * over `maxBodyBytes`, or when the table is full. Returns the number of rows; RESULT_AT gets the offset behind the last one.
 */
export function scanFlaggedFrames(begin: usize, end: usize, maxBodyBytes: u32): u32 {
  let at = begin;
  let rows: u32 = 0;
  let to = FRAME_TABLE_AT;
  while (rows < FLAGGED_ROWS && end - at >= 2) {
    const flags = <u32>load<u8>(at);
    let body = at + 2;
    let bytes: u32 = 0;
    if ((flags & LONG) == 0) {
      bytes = <u32>load<u8>(at + 1);
    } else {
      if (end - at < 9) break;
      const declared = bswap<u64>(load<u64>(at + 1));
      if (declared > <u64>maxBodyBytes) break;
      bytes = <u32>declared;
      body = at + 9;
    }
    if (bytes > maxBodyBytes || <u32>(end - body) < bytes || body > end) break;
    at = body + bytes;
    store<u32>(to, <u32>(body - begin) | ((flags & KEPT_FLAGS) << 24));
    store<u32>(to, <u32>(at - begin), 4);
    to += FLAGGED_ROW_BYTES;
    rows++;
  }
  store<u32>(RESULT_AT, <u32>(at - begin));
  return rows;
}
