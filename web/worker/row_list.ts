const BLOCK_ROWS = 65_536;
const BLOCK_SHIFT = 16;

/**
 * Numbers of rows in rising order, four bytes each; as long as no row was left out, none at all. So the list of a capture
 * whose frames are all shown costs nothing beside its index.
 *
 * @example
 * ```ts
 * const list = new RowList();
 * list.push(0);
 * list.push(2);
 * list.at(1); // 2
 * list.positionOf(1); // -1
 * ```
 */
export class RowList {
  /** Rows 0 to before this stand at their own number. */
  #plainRows = 0;
  readonly #blocks: Uint32Array[] = [];
  #blockRows = 0;

  get length(): number {
    return this.#plainRows + this.#blockRows;
  }

  /** Adds a row, which is greater than all before. */
  push(row: number): void {
    if (this.#blockRows === 0 && row === this.#plainRows) {
      this.#plainRows++;
      return;
    }
    const at = this.#blockRows++;
    if (at >>> BLOCK_SHIFT === this.#blocks.length) this.#blocks.push(new Uint32Array(BLOCK_ROWS));
    this.#blocks[at >>> BLOCK_SHIFT]![at & (BLOCK_ROWS - 1)] = row;
  }

  /** The row at a position from 0 to before `length`. */
  at(position: number): number {
    if (position < this.#plainRows) return position;
    const at = position - this.#plainRows;
    return this.#blocks[at >>> BLOCK_SHIFT]![at & (BLOCK_ROWS - 1)]!;
  }

  /** Where a row stands, or -1. */
  positionOf(row: number): number {
    const position = this.positionFrom(row);
    return position < this.length && this.at(position) === row ? position : -1;
  }

  /** Position of the first row that is `row` or later; `length` if there is none. */
  positionFrom(row: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.at(middle) < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
