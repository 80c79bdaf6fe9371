// Frame scan and resynchronisation, driven by the framing that the facade wrote to FRAMING_AT.

import {
  FRAME_ROWS,
  FRAME_ROW_BYTES,
  FRAME_TABLE_AT,
  FRAMING_AT,
  FRAMING_CRC_BYTES,
  FRAMING_MAX_FRAME_BYTES,
  FRAMING_MIN_FRAME_BYTES,
} from "./layout";
import { crc32 } from "./crc32";
import { beginRanges, rangeBytes, rangeCrc32 } from "./crc32_range";
import { coveredEnd, coveredFrom, declaredFrameBytes, headBytes, storedCrc } from "./framing";

const OK: u32 = 0;
const CRC_MISMATCH: u32 = 1;
const TOO_LARGE: u32 = 2;
const TOO_SMALL: u32 = 3;

/** Up to this size a CRC is faster read through than put together from two registers (measured). */
const DIRECT_BYTES: u32 = 64;

/** The CRC that the frame [at, at + bytes) should carry. */
// @ts-ignore: decorator
@inline
function computedCrc(at: usize, bytes: u32): u32 {
  const from = coveredFrom(at);
  return crc32(from, coveredEnd(at, bytes) - from, 0);
}

/** The same during a search, where frames that could start at each of many places overlap. */
// @ts-ignore: decorator
@inline
function searchedCrc(at: usize, bytes: u32): u32 {
  if (bytes > DIRECT_BYTES) return rangeCrc32(coveredFrom(at), coveredEnd(at, bytes));
  searched += bytes;
  return computedCrc(at, bytes);
}

/** Bytes that the last search read for CRCs: its cost, whatever the machine. */
let searched: u32 = 0;

export function searchedBytes(): u32 {
  return searched + rangeBytes();
}

// @ts-ignore: decorator
@inline
function writeRow(row: u32, at: usize, bytes: u32, status: u32, stored: u32, computed: u32): void {
  const to = FRAME_TABLE_AT + row * FRAME_ROW_BYTES;
  store<u32>(to, at, 0);
  store<u32>(to, bytes, 4);
  store<u32>(to, status, 8);
  store<u32>(to, stored, 12);
  store<u32>(to, computed, 16);
}

/**
 * Scans [begin, end) and writes a row (address, length, status, stored CRC, computed CRC) for each whole frame. Stops at an
 * unfinished tail, at a length that the framing forbids (its row has length 0), or when the table is full. Returns the
 * number of rows: the end of the last one is where it stopped.
 */
export function scanFrames(begin: usize, end: usize): u32 {
  const head = headBytes();
  const smallest = <i64>load<u32>(FRAMING_AT, FRAMING_MIN_FRAME_BYTES);
  const largest = <i64>load<u32>(FRAMING_AT, FRAMING_MAX_FRAME_BYTES);
  const hasCrc = load<u32>(FRAMING_AT, FRAMING_CRC_BYTES) != 0;
  let at = begin;
  let rows: u32 = 0;
  while (rows < FRAME_ROWS && end - at >= head) {
    const declared = declaredFrameBytes(at);
    if (declared > largest || declared < smallest) {
      writeRow(rows++, at, 0, declared > largest ? TOO_LARGE : TOO_SMALL, 0, 0);
      break;
    }
    if (<i64>(end - at) < declared) break;
    const bytes = <u32>declared;
    const stored = hasCrc ? storedCrc(at, bytes) : 0;
    const computed = hasCrc ? computedCrc(at, bytes) : 0;
    writeRow(rows++, at, bytes, stored == computed ? OK : CRC_MISMATCH, stored, computed);
    at += bytes;
  }
  return rows;
}

/**
 * Looks in [begin, end) for the first whole frame whose CRC holds and returns its address. If it comes upon a
 * start before that could be one but goes beyond `end`, it returns the negated address of that, unless `isLast` says that
 * nothing follows. 0 if there is neither.
 */
export function findFrame(begin: usize, end: usize, isLast: bool): i32 {
  const head = headBytes();
  const smallest = <i64>load<u32>(FRAMING_AT, FRAMING_MIN_FRAME_BYTES);
  const largest = <i64>load<u32>(FRAMING_AT, FRAMING_MAX_FRAME_BYTES);
  beginRanges(begin);
  searched = 0;
  for (let at = begin; at + head <= end; at++) {
    const declared = declaredFrameBytes(at);
    if (declared < smallest || declared > largest) continue;
    if (<i64>(end - at) < declared) {
      if (isLast) continue;
      return -(<i32>at);
    }
    const bytes = <u32>declared;
    if (storedCrc(at, bytes) == searchedCrc(at, bytes)) return <i32>at;
  }
  return 0;
}
