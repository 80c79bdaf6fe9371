/** All problems of an indexed capture, which may grow. */
import { type CaptureIndex, ROW_STATUS } from "./capture_index.ts";
import type { IndexedCapture } from "./read_row.ts";
import { RowReader } from "./row_reader.ts";
import { type RowProblem, StreamProblems } from "./stream_problems.ts";

/** Rows after which progress is told. */
const ROWS_A_STEP = 1_024;

/** One step of a search for problems. */
export interface ProblemStep {
  readonly problems: readonly RowProblem[];
  /** Every row before this one was looked at. */
  readonly nextRow: number;
}

/**
 * Looks at the rows of a capture, each once and in order; after the capture has grown it goes on where it was. Each stream of a packet
 * capture is looked at by itself.
 *
 * What holds only as long as the capture ends where it does is not among the steps: `atEnd` gives it, as often as it is asked.
 *
 * @example
 * ```ts
 * const search = new ProblemSearch(capture, false);
 * for await (const { problems, nextRow } of search.advance()) show(problems, nextRow / capture.index.rows);
 * show(await search.atEnd());
 * ```
 */
export class ProblemSearch {
  readonly #capture: IndexedCapture;
  readonly #isCanonicalAsked: boolean;
  readonly #streams = new Map<number, StreamProblems>();
  #nextRow = 0;
  /** Not given yet. */
  #found: RowProblem[] = [];
  /** How often rows had been taken away when rows of the file's end were looked at; nothing while none were. */
  #cutsAtEnd: number | undefined;

  /** @param isCanonicalAsked whether frames are written again for a comparison, which takes twice the time */
  constructor(capture: IndexedCapture, isCanonicalAsked: boolean) {
    this.#capture = capture;
    this.#isCanonicalAsked = isCanonicalAsked;
  }

  /**
   * False once rows that were looked at are there no more: what was found has to be forgotten, and a new search to begin. So it is for
   * a growing file that had ended in damage with frames behind it; an end inside a frame is none of these.
   */
  get isValid(): boolean {
    return this.#cutsAtEnd === undefined || this.#cutsAtEnd === this.#capture.index.cuts;
  }

  /** Looks at the rows up to the end that there is now, step by step. Whoever has enough leaves the loop, and may go on later. */
  async *advance(): AsyncGenerator<ProblemStep, void> {
    const { index } = this.#capture;
    const rows = new RowReader(this.#capture);
    while (this.#nextRow < lastingRows(index)) {
      const row = this.#nextRow;
      this.#found.push(...this.#streamOf(row).take(row, await rows.read(row)));
      if (row >= index.settledRows) this.#cutsAtEnd = index.cuts;
      this.#nextRow = row + 1;
      if (this.#nextRow % ROWS_A_STEP === 0) yield this.#step(this.#nextRow);
    }
    yield this.#step(index.rows);
  }

  /** What is wrong if the capture ends where it does: a frame that is cut, a snapshot whose parts are missing. */
  async atEnd(): Promise<readonly RowProblem[]> {
    const rows = new RowReader(this.#capture);
    const problems: RowProblem[] = [];
    for (let row = this.#nextRow; row < this.#capture.index.rows; row++) {
      problems.push(...this.#streamOf(row).ofFault(row, await rows.read(row)));
    }
    for (const stream of this.#streams.values()) problems.push(...stream.atEnd());
    return problems;
  }

  #step(nextRow: number): ProblemStep {
    const problems = this.#found;
    this.#found = [];
    return { problems, nextRow };
  }

  #streamOf(row: number): StreamProblems {
    const number = this.#capture.index.streamNumber(row);
    let stream = this.#streams.get(number);
    if (stream === undefined) {
      stream = new StreamProblems(number, this.#capture, this.#isCanonicalAsked);
      this.#streams.set(number, stream);
    }
    return stream;
  }
}

/** Rows to look at in their order: faults that the end of the file made can wait, frames among them can't, as they say more together. */
function lastingRows(index: CaptureIndex): number {
  for (let row = index.rows - 1; row >= index.settledRows; row--) {
    const status = index.status(row);
    if (status !== ROW_STATUS.fault && status !== ROW_STATUS.hole) return row + 1;
  }
  return index.settledRows;
}
