// Scan of frames that begin with a flags octet and a length that one of the flags makes short or long.

import { FRAME_ROWS, FRAME_ROW_BYTES, FRAME_TABLE_AT } from "./layout";

/** Set in a flags octet before a length of eight octets; clear before one of a single octet. */
const LONG: u32 = 2;
const SHORT_HEAD_BYTES: u32 = 2;
const LONG_HEAD_BYTES: u32 = 9;
/** The flags that a row keeps, below its address: those that have a meaning. */
const KEPT_FLAGS: u32 = 7;
const ROW_SHIFT: u32 = 3;

/** Rows of two words fill the frame table, whose own rows have five. */
const ROWS: u32 = (FRAME_ROWS * FRAME_ROW_BYTES) / 8;

/**
 * Scans [begin, end) and writes a row for each whole frame: address of its body shifted by 3 with its flags below, address
 * of its body's end. Stops at an unfinished tail or when the table is full. Returns the number of rows.
 */
export function scanFlagFrames(begin: usize, end: usize): u32 {
  let at = begin;
  let rows: u32 = 0;
  while (rows < ROWS && end - at >= SHORT_HEAD_BYTES) {
    const flags = <u32>load<u8>(at);
    let bytes: u64;
    let head = SHORT_HEAD_BYTES;
    if (flags & LONG) {
      if (end - at < LONG_HEAD_BYTES) break;
      head = LONG_HEAD_BYTES;
      bytes = bswap<u64>(load<u64>(at, 1));
    } else {
      bytes = load<u8>(at, 1);
    }
    const body = at + head;
    if (<u64>(end - body) < bytes) break;
    at = body + <u32>bytes;
    const to = FRAME_TABLE_AT + (rows << 3);
    store<u32>(to, (body << ROW_SHIFT) | (flags & KEPT_FLAGS), 0);
    store<u32>(to, at, 4);
    rows++;
  }
  return rows;
}
