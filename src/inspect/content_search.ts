/** A search in what frames have compressed: their own bytes don't show it. */
import type { FieldSink } from "../core/mod.ts";
import { searchCapture } from "./byte_search.ts";
import { type CaptureIndex, ROW_STATUS } from "./capture_index.ts";
import { bytesSource } from "./digits.ts";
import type { Pattern } from "./needle.ts";
import { ReadAhead } from "./read_ahead.ts";
import { type IndexedCapture, readFrame } from "./read_row.ts";
import { readStreamBytes } from "./source_bytes.ts";

/** Rows after which progress is told: decoding so many takes some milliseconds. */
const ROWS_A_STEP = 64;
/** What every zstd frame begins with. */
const ZSTD_MAGIC: readonly number[] = [0x28, 0xb5, 0x2f, 0xfd];

/** What a search in contents finds as it goes. */
export type ContentStep =
  /** A match in the content of a row, counted from the content's start. */
  | { readonly type: "match"; readonly row: number; readonly start: number; readonly bytes: number }
  /** Every row before `nextRow` has been looked at. */
  | { readonly type: "progress"; readonly nextRow: number };

/** Rows to look at: from a place in the content of the first of them, to before the last. */
export interface ContentRange {
  readonly fromRow: number;
  readonly fromByte: number;
  readonly endRow: number;
}

/**
 * Searches the decompressed contents of frames, in the order of their rows; of a message in parts, that is the row which made it
 * whole. What is not compressed is passed over: `searchCapture` finds it. A content is decompressed within the limits of its
 * protocol, and one at a time; what can't be decompressed has none. Leave the loop to end it.
 *
 * @example
 * ```ts
 * const range = { fromRow: 0, fromByte: 0, endRow: capture.index.rows };
 * for await (const step of searchContents(capture, parseNeedle({ kind: "text", text: "sshd", ignoresCase: true }), range)) {
 *   if (step.type === "match") show(step.row, step.start);
 * }
 * ```
 */
export async function* searchContents(
  capture: IndexedCapture,
  patterns: readonly Pattern[],
  { fromRow, fromByte, endRow }: ContentRange,
): AsyncGenerator<ContentStep, void> {
  const read = { ...capture, source: new ReadAhead(capture.source) };
  for (let row = fromRow; row < endRow; row++) {
    const content = (await isCompressed(read, row)) ? await contentOf(read, row) : undefined;
    if (content !== undefined) {
      for await (const step of searchCapture(bytesSource("", content), patterns, row === fromRow ? fromByte : 0)) {
        if (step.type === "match") yield { type: "match", row, start: step.offset, bytes: step.bytes };
      }
    }
    if (row % ROWS_A_STEP === ROWS_A_STEP - 1) yield { type: "progress", nextRow: row + 1 };
  }
}

/** Whether a row comes with a content that begins as a zstd frame does. */
async function isCompressed({ source, index }: IndexedCapture, row: number): Promise<boolean> {
  const first = firstRowOf(index, row);
  if (first === undefined) return false;
  const stream = index.streams[index.streamNumber(first)]!;
  return holdsZstd(await readStreamBytes(source, stream, index.offset(first), index.bytes(first)));
}

/** The row that a content begins in; nothing for a row that brings none. */
function firstRowOf(index: CaptureIndex, row: number): number | undefined {
  const status = index.status(row);
  if (status === ROW_STATUS.message) return row;
  if (status !== ROW_STATUS.lastPart) return undefined;
  const group = index.group(row)!;
  return group.rows[group.partIndexes.indexOf(0)];
}

function holdsZstd(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(ZSTD_MAGIC[0]!); at >= 0; at = bytes.indexOf(ZSTD_MAGIC[0]!, at + 1)) {
    if (ZSTD_MAGIC.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}

async function contentOf(capture: IndexedCapture, row: number): Promise<Uint8Array | undefined> {
  let content: Uint8Array | undefined;
  const sink: FieldSink = {
    open: () => {},
    field: () => {},
    close: () => {},
    enterContent: (entered) => {
      content = entered;
    },
  };
  await readFrame(capture, row, sink);
  return content;
}
