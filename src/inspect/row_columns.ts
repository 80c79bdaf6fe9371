/** The columns of an index, in blocks: a capture of five million frames grows without ever being copied. */

/** Rows of a block; with 30 bytes each it takes 2 MB. */
const BLOCK_ROWS = 65_536;
const BLOCK_SHIFT = 16;
const ROW_MASK: number = BLOCK_ROWS - 1;

/** What a row has in its columns. */
export interface RowValues {
  offset: number;
  bytes: number;
  timeMs: number;
  typeNumber: number;
  status: number;
  senderNumber: number;
  streamNumber: number;
  link: number;
}

/** A row takes 8 + 8 + 4 + 4 + 2 + 2 + 1 + 1 = 30 bytes. */
interface Block {
  readonly offset: Float64Array;
  readonly timeMs: Float64Array;
  readonly bytes: Uint32Array;
  readonly link: Uint32Array;
  readonly senderNumber: Uint16Array;
  readonly streamNumber: Uint16Array;
  readonly typeNumber: Uint8Array;
  readonly status: Uint8Array;
}

/** Bytes of an index that one row takes. */
export const ROW_BYTES = 30;

/** Rows as columns; only the last ones can be taken away again. Not public: `CaptureIndex` is. */
export class RowColumns {
  readonly #blocks: Block[] = [];
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  /** Memory that is set aside. */
  get heldBytes(): number {
    return this.#blocks.length * BLOCK_ROWS * ROW_BYTES;
  }

  /** Adds a row and returns its number. */
  add(values: RowValues): number {
    const row = this.#rows++;
    const at = row & ROW_MASK;
    if (at === 0 && row >>> BLOCK_SHIFT === this.#blocks.length) this.#blocks.push(newBlock());
    const block = this.#blocks[row >>> BLOCK_SHIFT]!;
    block.offset[at] = values.offset;
    block.timeMs[at] = values.timeMs;
    block.bytes[at] = values.bytes;
    block.link[at] = values.link;
    block.senderNumber[at] = values.senderNumber;
    block.streamNumber[at] = values.streamNumber;
    block.typeNumber[at] = values.typeNumber;
    block.status[at] = values.status;
    return row;
  }

  offset(row: number): number {
    return this.#blocks[row >>> BLOCK_SHIFT]!.offset[row & ROW_MASK]!;
  }

  timeMs(row: number): number {
    return this.#blocks[row >>> BLOCK_SHIFT]!.timeMs[row & ROW_MASK]!;
  }

  bytes(row: number): number {
    return this.#blocks[row >>> BLOCK_SHIFT]!.bytes[row & ROW_MASK]!;
  }

  link(row: number): number {
    return this.#blocks[row >>> BLOCK_SHIFT]!.link[row & ROW_MASK]!;
  }

  senderNumber(row: number): number {
    return this.#blocks[row >>> BLOCK_SHIFT]!.senderNumber[row & ROW_MASK]!;
  }

  streamNumber(row: number): number {
    return this.#blocks[row >>> BLOCK_SHIFT]!.streamNumber[row & ROW_MASK]!;
  }

  typeNumber(row: number): number {
    return this.#blocks[row >>> BLOCK_SHIFT]!.typeNumber[row & ROW_MASK]!;
  }

  status(row: number): number {
    return this.#blocks[row >>> BLOCK_SHIFT]!.status[row & ROW_MASK]!;
  }

  /** Takes away every row from `rows` on. */
  cutTo(rows: number): void {
    this.#rows = rows;
    this.#blocks.length = (rows + ROW_MASK) >>> BLOCK_SHIFT;
  }
}

function newBlock(): Block {
  const buffer = new ArrayBuffer(BLOCK_ROWS * ROW_BYTES);
  let at = 0;
  const next = (bytes: number): number => {
    at += bytes * BLOCK_ROWS;
    return at - bytes * BLOCK_ROWS;
  };
  // The widest first, so that each is aligned.
  return {
    offset: new Float64Array(buffer, next(8), BLOCK_ROWS),
    timeMs: new Float64Array(buffer, next(8), BLOCK_ROWS),
    bytes: new Uint32Array(buffer, next(4), BLOCK_ROWS),
    link: new Uint32Array(buffer, next(4), BLOCK_ROWS),
    senderNumber: new Uint16Array(buffer, next(2), BLOCK_ROWS),
    streamNumber: new Uint16Array(buffer, next(2), BLOCK_ROWS),
    typeNumber: new Uint8Array(buffer, next(1), BLOCK_ROWS),
    status: new Uint8Array(buffer, next(1), BLOCK_ROWS),
  };
}
