import type { ListRow } from "../worker_messages.ts";

/** Lines that are asked for at once. */
const BLOCK_ROWS = 64;
/** Blocks that are kept: some 8,000 lines. */
const MAX_BLOCKS = 128;

export type LoadRows = (first: number, count: number) => Promise<readonly ListRow[]>;

/**
 * Lines of the list that were asked for, by block. One question is under way at a time, and always for what is seen now: a
 * fast scroll doesn't make the worker catch up with what has gone by.
 *
 * @example
 * ```ts
 * const cache = new RowCache((first, count) => client.call("rows", { capture: 0, first, count }), redraw);
 * cache.want(0, 40);
 * cache.get(3); // undefined at first; then `redraw` is called
 * ```
 */
export class RowCache {
  readonly #load: LoadRows;
  readonly #onRows: () => void;
  readonly #blocks = new Map<number, readonly ListRow[]>();
  /** Blocks with lines that may have changed: shown until newer ones are there. */
  readonly #stale = new Set<number>();
  #wanted: readonly number[] = [];
  #isLoading = false;
  #edition = 0;

  constructor(load: LoadRows, onRows: () => void) {
    this.#load = load;
    this.#onRows = onRows;
  }

  get(position: number): ListRow | undefined {
    return this.#blocks.get(Math.floor(position / BLOCK_ROWS))?.[position % BLOCK_ROWS];
  }

  /** These lines are seen. */
  want(first: number, count: number): void {
    const blocks: number[] = [];
    for (let block = Math.floor(first / BLOCK_ROWS); block * BLOCK_ROWS < first + count; block++) blocks.push(block);
    this.#wanted = blocks;
    this.#next();
  }

  /** Lines may have changed; `isOther` if they stand at other positions, so that none may be shown. */
  refresh(isOther: boolean): void {
    this.#edition++;
    if (isOther) this.#blocks.clear();
    for (const block of this.#blocks.keys()) this.#stale.add(block);
    this.#next();
  }

  #next(): void {
    if (this.#isLoading) return;
    const block = this.#wanted.find((one) => this.#stale.has(one) || !this.#blocks.has(one));
    if (block === undefined) return;
    this.#isLoading = true;
    const edition = this.#edition;
    this.#load(block * BLOCK_ROWS, BLOCK_ROWS)
      .then((rows) => this.#take(block, rows, edition))
      .catch(() => this.#take(block, [], edition));
  }

  #take(block: number, rows: readonly ListRow[], edition: number): void {
    this.#isLoading = false;
    if (edition === this.#edition) {
      this.#blocks.delete(block);
      this.#blocks.set(block, rows);
      this.#stale.delete(block);
      const [oldest] = this.#blocks.keys();
      if (this.#blocks.size > MAX_BLOCKS) this.#blocks.delete(oldest!);
      this.#onRows();
    }
    this.#next();
  }
}
