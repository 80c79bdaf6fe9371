import type { IndexedCapture } from "./read_row.ts";
import { RowReader } from "./row_reader.ts";
import type { Timeline } from "./timeline.ts";

/** Rows after which progress is told. */
const ROWS_A_STEP = 1_024;

/**
 * Reads the rows of a capture, from `fromRow` on, into a timeline, step by step; each step gives the row that comes next. The timeline
 * may be asked between steps, and whoever has enough leaves the loop. Rows of other protocols than the timeline's are passed over.
 *
 * @example
 * ```ts
 * const timeline = new Timeline(SNAPSHOT_PROTOCOL);
 * for await (const nextRow of fillTimeline(capture, timeline)) show(timeline, nextRow / capture.index.rows);
 * ```
 */
export async function* fillTimeline(
  capture: IndexedCapture,
  timeline: Timeline,
  fromRow = 0,
): AsyncGenerator<number, void> {
  const { index } = capture;
  const rows = new RowReader(capture);
  for (let row = fromRow; row < index.rows; row++) {
    const isOurs = index.streams[index.streamNumber(row)]?.definition === timeline.definition;
    if (isOurs && index.fault(row) === undefined) {
      const read = await rows.read(row);
      if (read.error === undefined) timeline.add(row, index.timeMs(row), read.row);
    }
    if (row % ROWS_A_STEP === ROWS_A_STEP - 1) yield row + 1;
  }
  yield index.rows;
}
