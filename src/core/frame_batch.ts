import type { Framing } from "./framing.ts";
import { type Kernels, loadKernels, type Resident } from "./kernels.ts";

/** Words of a row of the frame table: offset, length, status, stored CRC, computed CRC. */
const ROW_WORDS = 5;

/**
 * The rows of one scan that are not yet handed out. They stay in the core's frame table, where they cost nothing, until
 * another scan needs it: then what is left is copied out. Not public.
 */
export class FrameBatch implements Resident {
  readonly #kernels: Kernels = loadKernels();
  #words: Uint32Array = this.#kernels.words;
  #rowWord = 0;
  #endWord = 0;
  #origin = 0;

  /** Scans `bytes`, which must fit the staging region unless they lie in the core's memory. The batch must be empty. */
  scan(framing: Framing, bytes: Uint8Array): void {
    const kernels = this.#kernels;
    kernels.takeFrameTable(this);
    kernels.useFraming(framing);
    const at = kernels.place(bytes);
    const rows = kernels.wasm.scanFrames(at, at + bytes.length);
    this.#words = kernels.words;
    this.#origin = at;
    this.#rowWord = kernels.frameTableAt >>> 2;
    this.#endWord = this.#rowWord + rows * ROW_WORDS;
    if (rows === 0) kernels.leaveFrameTable(this);
  }

  /** True while there is a row to read. */
  get hasRow(): boolean {
    return this.#rowWord < this.#endWord;
  }

  /** Where the row's frame starts in the bytes that were scanned. */
  get offset(): number {
    return this.#words[this.#rowWord]! - this.#origin;
  }

  /** Size of the row's frame, 0 where its length is refused. */
  get frameBytes(): number {
    return this.#words[this.#rowWord + 1]!;
  }

  /** 0 ok, 1 CRC mismatch, 2 too large, 3 too small. */
  get status(): number {
    return this.#words[this.#rowWord + 2]!;
  }

  get storedCrc(): number {
    return this.#words[this.#rowWord + 3]!;
  }

  get computedCrc(): number {
    return this.#words[this.#rowWord + 4]!;
  }

  /** Goes on to the next row. */
  advance(): void {
    this.#rowWord += ROW_WORDS;
    if (this.hasRow) return;
    this.#words = this.#kernels.words;
    this.#kernels.leaveFrameTable(this);
  }

  /** Gives up the rows that are left. */
  clear(): void {
    this.#rowWord = this.#endWord;
    this.#words = this.#kernels.words;
    this.#kernels.leaveFrameTable(this);
  }

  evict(): void {
    this.#words = this.#words.slice(this.#rowWord, this.#endWord);
    this.#rowWord = 0;
    this.#endWord = this.#words.length;
  }
}
