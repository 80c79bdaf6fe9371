import { filterCapture } from "../../src/inspect/filter_capture.ts";
import type { Filter } from "../../src/inspect/filter_row.ts";
import type { IndexedCapture } from "../../src/inspect/read_row.ts";
import { ListView } from "./list_view.ts";
import { Turn } from "./turn.ts";

/** The rows of a capture that pass a filter; it follows a capture that grows. */
export class FilteredList {
  #list: ListView;
  #cuts: number;
  readonly #filter: Filter;
  #nextRow = 0;
  #isBusy = false;

  constructor(filter: Filter, capture: IndexedCapture) {
    this.#filter = filter;
    this.#list = new ListView(capture.index, true);
    this.#cuts = capture.index.cuts;
  }

  get list(): ListView {
    return this.#list;
  }

  /**
   * Takes the rows that were not looked at yet; all of them again where rows of a file's end were taken away.
   *
   * Rejects with the signal's reason once it is given: what was taken by then stays.
   */
  async extend(
    capture: IndexedCapture,
    signal: AbortSignal,
    progress: (done: number, total: number) => void,
  ): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    if (this.#cuts !== capture.index.cuts) {
      this.#cuts = capture.index.cuts;
      this.#list = new ListView(capture.index, true);
      this.#nextRow = 0;
    }
    const turn = new Turn(signal);
    try {
      for await (const { passed, nextRow } of filterCapture(capture, this.#filter, this.#nextRow)) {
        for (const row of passed) this.#list.add(row);
        this.#nextRow = nextRow;
        progress(nextRow, capture.index.rows);
        await turn.pause();
      }
    } finally {
      this.#isBusy = false;
    }
  }
}
