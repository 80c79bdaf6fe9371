/** A filter over all rows of a capture. */
import { type CaptureIndex, NO_NUMBER } from "./capture_index.ts";
import type { Filter, FilterColumns } from "./filter_row.ts";
import type { IndexedCapture } from "./read_row.ts";
import { RowReader } from "./row_reader.ts";

/** Rows after which progress is told, where the index answers and where frames are read. */
const ROWS_A_STEP = 65_536;
const FRAMES_A_STEP = 256;

/** One step of a filter: which of the rows that it looked at pass. */
export interface FilterStep {
  readonly passed: readonly number[];
  /** Every row before this one is decided on. */
  readonly nextRow: number;
}

/**
 * The columns of an index as a filter asks for them: one object for all rows, at the row that `row` is set to.
 *
 * @example
 * ```ts
 * const columns = new IndexColumns(index);
 * columns.row = 5;
 * filter.decide(columns);
 * ```
 */
export class IndexColumns implements FilterColumns {
  row = 0;
  readonly #index: CaptureIndex;

  constructor(index: CaptureIndex) {
    this.#index = index;
  }

  get offset(): number {
    return this.#index.offset(this.row);
  }

  get bytes(): number {
    return this.#index.bytes(this.row);
  }

  get timeMs(): number {
    return this.#index.timeMs(this.row);
  }

  get type(): string {
    return this.#index.types[this.#index.typeNumber(this.row)] ?? "";
  }

  get agentId(): string {
    const sender = this.#index.senderNumber(this.row);
    return sender === NO_NUMBER ? "" : (this.#index.senders[sender] ?? "");
  }

  get error(): string {
    return this.#index.fault(this.row)?.errorName ?? "";
  }
}

/**
 * Looks at the rows of a capture from `fromRow` on, step by step. Whoever has enough leaves the loop. A growing index is followed as
 * far as it reaches when each step begins.
 *
 * @example
 * ```ts
 * for await (const { passed, nextRow } of filterCapture(capture, filter)) show(passed, nextRow / capture.index.rows);
 * ```
 */
export async function* filterCapture(
  capture: IndexedCapture,
  filter: Filter,
  fromRow = 0,
): AsyncGenerator<FilterStep, void> {
  const { index } = capture;
  const columns = new IndexColumns(index);
  const rows = new RowReader(capture);
  for (let row = fromRow; row < index.rows; ) {
    const passed: number[] = [];
    const stepEnd = Math.min(index.rows, row + ROWS_A_STEP);
    for (let frames = 0; row < stepEnd && frames < FRAMES_A_STEP; row++) {
      columns.row = row;
      let answer = filter.decide(columns);
      if (answer === undefined) {
        frames++;
        answer = await passes(columns, filter, rows);
      }
      if (answer) passed.push(row);
    }
    yield { passed, nextRow: row };
  }
}

async function passes(columns: IndexColumns, filter: Filter, rows: RowReader): Promise<boolean> {
  const { row: frameRow } = await rows.read(columns.row);
  const { error } = frameRow;
  if (typeof error !== "string") return filter.test(columns, frameRow);
  // An index without contents takes a frame for good whose content is not.
  const { row, offset, bytes, timeMs, agentId } = columns;
  return filter.test({ row, offset, bytes, timeMs, agentId, type: "", error }, undefined);
}
