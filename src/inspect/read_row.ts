import { type FieldSink, ProtocolError } from "../core/mod.ts";
import type { CaptureSource } from "../ports/capture_source.ts";
import type { FrameReader, FrameRow, ReaderOptions } from "../protocols/definition.ts";
import { type CaptureIndex, type IndexedFault, ROW_STATUS } from "./capture_index.ts";
import { rowPlace } from "./capture_row.ts";
import type { CaptureStream } from "./capture_stream.ts";
import { FieldTree } from "./field_tree.ts";
import { MAX_DETAIL_BYTES, type RowDetail } from "./row_detail.ts";
import { readStreamBytes } from "./source_bytes.ts";

/** A capture that was indexed, and what its rows are read with. */
export interface IndexedCapture {
  readonly source: CaptureSource;
  readonly index: CaptureIndex;
  readonly options: ReaderOptions;
}

/**
 * Reads one row of a capture: its bytes, and what the production decoder makes of them. The last part of a message is given
 * with the whole, for which the other parts are read too.
 *
 * Rejects as the source does, and with a `RangeError` for a row that isn't there.
 *
 * @example
 * ```ts
 * const indexer = new CaptureIndexer({ container: "stream", protocol: "snapshot" });
 * indexer.push(bytes);
 * const detail = await readRow({ source, index: indexer.index, options: { compressor: undefined } }, 0);
 * detail.row["type"]; // "heartbeat"
 * detail.fields.find(({ name }) => name === "agentId"); // { value: "db-1", start: 40, end: 45, … }
 * ```
 */
export async function readRow(capture: IndexedCapture, row: number): Promise<RowDetail> {
  const { index } = capture;
  if (!(row >= 0 && row < index.rows)) throw new RangeError(`row ${row} of ${index.rows}`);
  const stream = index.streams[index.streamNumber(row)]!;
  const fault = index.fault(row);
  const offset = index.offset(row);
  if (fault !== undefined) return faultDetail(capture, stream, fault, offset);
  const tree = new FieldTree();
  const { bytes, row: frameRow, error } = await readFrame(capture, row, tree);
  if (error !== undefined) tree.closeAll();
  const place = rowPlace(stream.name, offset);
  const about = { rowNumber: row, bytes, offset, fields: tree.nodes, content: tree.content };
  return { ...about, row: { ...place, ...frameRow }, error };
}

/**
 * Reads the frame of a row that is no fault, with the other frames that its message needs. Not public: `readRow` is.
 *
 * @param sink is told of the frame's fields and its content; of the other frames' nothing
 */
export async function readFrame(
  capture: IndexedCapture,
  row: number,
  sink: FieldSink,
): Promise<{ readonly bytes: Uint8Array; readonly row: FrameRow; readonly error: ProtocolError | undefined }> {
  const { index, source } = capture;
  const stream = index.streams[index.streamNumber(row)]!;
  const definition = stream.definition!;
  const offset = index.offset(row);
  const bytes = await readStreamBytes(source, stream, offset, index.bytes(row));
  const reader = definition.createReader(capture.options);
  await readOpening(capture, stream, reader, row);
  // In stages a part is counted from those before it; elsewhere each says itself which it is.
  const isPart = index.status(row) === ROW_STATUS.part && definition.layout.type === "staged";
  if (isPart || index.status(row) === ROW_STATUS.lastPart) await readEarlierParts(capture, stream, reader, row);
  try {
    return { bytes, row: reader.read(bytes, sink, offset), error: undefined };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { bytes, row: { error: definition.errorNameOf(error) }, error };
  }
}

/** Rows of a stream that are looked at for its opening, frames that were refused among them. */
const MAX_OPENING_ROWS = 16;

/** Reads what a stream in stages opens with, up to a row: what is behind it follows from it. */
async function readOpening(
  { source, index }: IndexedCapture,
  stream: CaptureStream,
  reader: FrameReader,
  row: number,
): Promise<void> {
  const layout = stream.definition?.layout;
  if (layout?.type !== "staged" || layout.openingTypes === undefined) return;
  const streamNumber = index.streamNumber(row);
  let left = MAX_OPENING_ROWS;
  for (let before = 0; before < row && left > 0; before++) {
    if (index.streamNumber(before) !== streamNumber) continue;
    left--;
    const isFault = index.status(before) === ROW_STATUS.fault;
    if (!isFault && !layout.openingTypes.includes(index.types[index.typeNumber(before)]!)) return;
    const offset = index.offset(before);
    readRefused(reader, await readStreamBytes(source, stream, offset, index.bytes(before)), offset);
  }
}

async function readEarlierParts(
  { source, index }: IndexedCapture,
  stream: CaptureStream,
  reader: FrameReader,
  row: number,
): Promise<void> {
  const group = index.group(row);
  if (group === undefined) return;
  const seen = new Set<number>();
  for (const [i, part] of group.rows.entries()) {
    const partIndex = group.partIndexes[i]!;
    // What came twice is the same: it had been refused otherwise.
    if (part >= row || seen.has(partIndex)) continue;
    seen.add(partIndex);
    reader.read(await readStreamBytes(source, stream, index.offset(part), index.bytes(part)));
  }
}

async function faultDetail(
  capture: IndexedCapture,
  stream: CaptureStream,
  fault: IndexedFault,
  offset: number,
): Promise<RowDetail> {
  const { source, options } = capture;
  const wanted = Math.min(fault.endOffset - offset, MAX_DETAIL_BYTES);
  const bytes = await readStreamBytes(source, stream, offset, wanted);
  const tree = new FieldTree();
  // A frame that its length or its end bounds is one to look into, whatever its CRC says.
  const isFrame = fault.resumedBy === "frame" || fault.resumedBy === "length";
  let found: ProtocolError | undefined;
  if (isFrame && stream.definition !== undefined) {
    const reader = stream.definition.createReader(options);
    await readOpening(capture, stream, reader, fault.row);
    found = readRefused(reader, bytes, offset, tree);
  }
  const error = fault.error ?? found;
  const row = { ...rowPlace(stream.name, offset), error: fault.errorName };
  return { rowNumber: fault.row, row, bytes, offset, fields: tree.nodes, content: tree.content, error };
}

function readRefused(
  reader: FrameReader,
  bytes: Uint8Array,
  offset: number,
  tree?: FieldTree,
): ProtocolError | undefined {
  try {
    reader.read(bytes, tree, offset);
    return undefined;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    tree?.closeAll();
    return error;
  }
}
