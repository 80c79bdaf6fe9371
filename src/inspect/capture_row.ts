import type { FrameRow } from "../protocols/definition.ts";
import type { CaptureItem } from "./capture_reader.ts";

/**
 * An item in exactly the shape of the vectors' rows: `offset`, and what the frame means or `error`; before them `stream`, where
 * a capture has several.
 */
export function captureRow(item: CaptureItem, stream: string = ""): FrameRow {
  const place = rowPlace(stream, item.offset);
  return item.type === "frame" ? { ...place, ...item.row } : { ...place, error: item.errorName };
}

/** What stands before a message in a row. */
export function rowPlace(stream: string, offset: number): FrameRow {
  return stream === "" ? { offset } : { stream, offset };
}
