import type { FrameRow } from "../protocols/definition.ts";
import type { CaptureItem } from "./capture_reader.ts";

/** An item in exactly the shape of the vectors' rows: `offset`, and what the frame means or `error`. */
export function captureRow(item: CaptureItem): FrameRow {
  return item.type === "frame" ? { offset: item.offset, ...item.row } : { offset: item.offset, error: item.errorName };
}
