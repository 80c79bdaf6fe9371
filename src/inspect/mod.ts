/**
 * Captures: read them whatever their state, show them, check them.
 *
 * @module
 */

export { type SearchStep, searchCapture } from "./byte_search.ts";
export { CaptureCheck, type Finding } from "./capture_check.ts";
export { type CaptureFault, type CaptureFrame, type CaptureItem, CaptureReader } from "./capture_reader.ts";
export { captureRow } from "./capture_row.ts";
export { CaptureText } from "./capture_text.ts";
export { CaptureTotals } from "./capture_totals.ts";
export { jsonLine } from "./json_line.ts";
export { type NeedleText, type NumberForm, type Pattern, parseNeedle } from "./needle.ts";
export { COLOURS, NO_COLOURS, type Paint } from "./paint.ts";
export { printable } from "./printable.ts";
