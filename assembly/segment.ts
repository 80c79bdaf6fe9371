// Reassembly: which parts of one message are known, and whether another one fits between them.
// The record at RECORD_AT belongs to the host, which loads it before a call and takes it back when another takes its place.

import { MAX_PARTS, RECORD_AT, RECORD_ENTRY_BYTES, RECORD_HEADER_BYTES } from "./layout";

const PART_COUNT: usize = 0;
const TOTAL_BYTES: usize = 4;
const RECEIVED_PARTS: usize = 8;
const RECEIVED_BYTES: usize = 12;

const ENTRY_PART_INDEX: usize = 0;
const ENTRY_OFFSET: usize = 4;
const ENTRY_BYTES: usize = 8;

const ACCEPTED: u32 = 0;
const DUPLICATE: u32 = 1;
const CONFLICT: u32 = 2;
const COMPLETE: u32 = 3;

// @ts-ignore: decorator
@inline
function entryAt(position: u32): usize {
  return RECORD_AT + RECORD_HEADER_BYTES + position * RECORD_ENTRY_BYTES;
}

/** The position of the first entry whose part index is at least `partIndex`. */
function lowerBound(partIndex: u32, entries: u32): u32 {
  let low: u32 = 0;
  let high = entries;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (load<u32>(entryAt(middle), ENTRY_PART_INDEX) < partIndex) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Room between two known parts: at least a byte for each part that is missing between them, and none at all where none is
 * missing. An overlap is a negative room.
 */
// @ts-ignore: decorator
@inline
function roomIsRight(missingParts: i64, roomBytes: i64): bool {
  return missingParts == 0 ? roomBytes == 0 : roomBytes >= missingParts;
}

/** Adds a part to the record. Returns 0 accepted, 1 duplicate, 2 conflict (nothing changed), 3 complete. */
export function acceptPart(partIndex: u32, partCount: u32, totalBytes: u32, offset: u32, bytes: u32): u32 {
  if (partCount == 0 || partCount > MAX_PARTS || partIndex >= partCount || bytes == 0) return CONFLICT;
  const received = load<u32>(RECORD_AT, RECEIVED_PARTS);
  if (received > 0) {
    if (load<u32>(RECORD_AT, PART_COUNT) != partCount || load<u32>(RECORD_AT, TOTAL_BYTES) != totalBytes) return CONFLICT;
  }
  const position = lowerBound(partIndex, received);
  const entry = entryAt(position);
  if (position < received && load<u32>(entry, ENTRY_PART_INDEX) == partIndex) {
    return load<u32>(entry, ENTRY_OFFSET) == offset && load<u32>(entry, ENTRY_BYTES) == bytes ? DUPLICATE : CONFLICT;
  }

  // The neighbours decide: what is known before and after them is already in order.
  let previousIndex: i64 = -1;
  let previousEnd: i64 = 0;
  if (position > 0) {
    const previous = entry - RECORD_ENTRY_BYTES;
    previousIndex = load<u32>(previous, ENTRY_PART_INDEX);
    previousEnd = <i64>load<u32>(previous, ENTRY_OFFSET) + <i64>load<u32>(previous, ENTRY_BYTES);
  }
  let nextIndex: i64 = partCount;
  let nextOffset: i64 = totalBytes;
  if (position < received) {
    nextIndex = load<u32>(entry, ENTRY_PART_INDEX);
    nextOffset = load<u32>(entry, ENTRY_OFFSET);
  }
  const end = <i64>offset + <i64>bytes;
  if (!roomIsRight(<i64>partIndex - previousIndex - 1, <i64>offset - previousEnd)) return CONFLICT;
  if (!roomIsRight(nextIndex - <i64>partIndex - 1, nextOffset - end)) return CONFLICT;

  memory.copy(entry + RECORD_ENTRY_BYTES, entry, (received - position) * RECORD_ENTRY_BYTES);
  store<u32>(entry, partIndex, ENTRY_PART_INDEX);
  store<u32>(entry, offset, ENTRY_OFFSET);
  store<u32>(entry, bytes, ENTRY_BYTES);
  store<u32>(RECORD_AT, partCount, PART_COUNT);
  store<u32>(RECORD_AT, totalBytes, TOTAL_BYTES);
  store<u32>(RECORD_AT, received + 1, RECEIVED_PARTS);
  store<u32>(RECORD_AT, load<u32>(RECORD_AT, RECEIVED_BYTES) + bytes, RECEIVED_BYTES);
  return received + 1 == partCount ? COMPLETE : ACCEPTED;
}
