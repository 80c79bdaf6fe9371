/** From a byte of the file to the row that holds it. */
import type { CaptureIndex } from "../../src/inspect/capture_index.ts";
import type { RowPlace } from "../worker_messages.ts";

/** Pieces of one row that are looked at: a row of more packets is 2 MB of the smallest ones. */
const MAX_PIECES = 4_096;

/** The row that holds a byte of the file, and where in the row it stands; nothing for what is no row's, a packet's head for one. */
export function placeOf(index: CaptureIndex, fileOffset: number): RowPlace | undefined {
  const [only] = index.streams;
  const isFile = index.streams.length === 1 && only?.name === "";
  return isFile ? placeInFile(index, fileOffset) : placeInStreams(index, fileOffset);
}

function placeInFile(index: CaptureIndex, fileOffset: number): RowPlace | undefined {
  let low = 0;
  let high = index.rows;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (index.offset(middle) <= fileOffset) low = middle + 1;
    else high = middle;
  }
  const row = low - 1;
  if (row < 0) return undefined;
  const start = fileOffset - index.offset(row);
  return start < index.bytes(row) ? { row, start } : undefined;
}

function placeInStreams(index: CaptureIndex, fileOffset: number): RowPlace | undefined {
  for (let row = 0; row < index.rows; row++) {
    const { extents } = index.streams[index.streamNumber(row)]!;
    const offset = index.offset(row);
    for (const piece of extents.pieces(offset, index.bytes(row), MAX_PIECES)) {
      const at = fileOffset - piece.fileOffset;
      if (at >= 0 && at < piece.bytes) return { row, start: piece.offset + at - offset };
    }
  }
  return undefined;
}
