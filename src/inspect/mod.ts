/**
 * Captures: read them whatever their state, index them, show them, check them.
 *
 * @module
 */

export { type SearchStep, searchCapture } from "./byte_search.ts";
export { CaptureCheck, type Finding } from "./capture_check.ts";
export type { CaptureFormat, Container, FormatCandidate, Recognition } from "./capture_format.ts";
export { CaptureIndex, type IndexedFault, NO_NUMBER, type PartGroup, ROW_STATUS } from "./capture_index.ts";
export { CaptureIndexer, type CaptureIndexerOptions } from "./capture_indexer.ts";
export { type CaptureFault, type CaptureFrame, type CaptureItem, CaptureReader } from "./capture_reader.ts";
export { captureRow, rowPlace } from "./capture_row.ts";
export type { CaptureStream, ExtentPiece, StreamExtents } from "./capture_stream.ts";
export { CaptureText } from "./capture_text.ts";
export { CaptureTotals } from "./capture_totals.ts";
export { type ContentRange, type ContentStep, searchContents } from "./content_search.ts";
export { bytesSource, type DigitKind, decodeDigits, decodedText, MAX_DIGIT_TEXT_BYTES } from "./digits.ts";
export { jsonLine } from "./json_line.ts";
export { type NeedleText, type NumberForm, type Pattern, parseNeedle } from "./needle.ts";
export { SURE_CONFIDENCE } from "./packets/stream_protocol.ts";

export { COLOURS, NO_COLOURS, type Paint } from "./paint.ts";
export { printable } from "./printable.ts";
export { type IndexedCapture, readRow } from "./read_row.ts";
export { RECOGNISED_BYTES, recognise } from "./recognise.ts";
export { type FieldNode, MAX_DETAIL_BYTES, type RowDetail } from "./row_detail.ts";
export { rowSummary } from "./row_summary.ts";
export { readStreamBytes } from "./source_bytes.ts";
export { type ItemOrigin, type OriginatedItem, StreamsReader } from "./streams_reader.ts";
