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
import { computedCrc, declaredFrameBytes, headBytes, storedCrc } from "./framing";

const OK: u32 = 0;
const CRC_MISMATCH: u32 = 1;
const TOO_LARGE: u32 = 2;
const TOO_SMALL: u32 = 3;

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
 * The address of the first frame that starts in [begin, startEnd), lies whole in [begin, end) and whose CRC holds; 0 if
 * there is none.
 */
export function findFrame(begin: usize, startEnd: usize, end: usize): usize {
  const head = headBytes();
  const smallest = <i64>load<u32>(FRAMING_AT, FRAMING_MIN_FRAME_BYTES);
  const largest = <i64>load<u32>(FRAMING_AT, FRAMING_MAX_FRAME_BYTES);
  for (let at = begin; at < startEnd && end - at >= head; at++) {
    const declared = declaredFrameBytes(at);
    if (declared < smallest || declared > largest || <i64>(end - at) < declared) continue;
    const bytes = <u32>declared;
    if (storedCrc(at, bytes) == computedCrc(at, bytes)) return at;
  }
  return 0;
}
