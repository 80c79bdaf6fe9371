/** Holds two snapshots of the usual size: a larger one gains nothing for an agent at its normal pace. */
const SMALL_BYTES = 16 * 1024;
/** For a peer that sends without pause: a call to the system for ten snapshots, where the small one needs four. */
const LARGE_BYTES = 64 * 1024;
/** Large buffers at a time: 16 MB, whoever connects. */
const MAX_LARGE = 256;
/** Reads in a row that would have fitted the small buffer before the large one is given back. */
const SMALL_READS = 16;

/** How many large buffers are out, for all connections of a listener. */
export interface LargeBuffers {
  count: number;
}

/** What a connection reads into: small, and large while its peer fills it. */
export class ReadBuffer {
  readonly #large: LargeBuffers;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(SMALL_BYTES);
  #smallReads = 0;

  constructor(large: LargeBuffers) {
    this.#large = large;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** So much came in, and has been taken. */
  filled(count: number): void {
    if (this.#bytes.length === SMALL_BYTES) {
      if (count < SMALL_BYTES || this.#large.count >= MAX_LARGE) return;
      this.#large.count++;
      this.#bytes = new Uint8Array(LARGE_BYTES);
      return;
    }
    this.#smallReads = count <= SMALL_BYTES ? this.#smallReads + 1 : 0;
    if (this.#smallReads === SMALL_READS) this.release();
  }

  /** The connection reads no more, or no longer much. */
  release(): void {
    if (this.#bytes.length === SMALL_BYTES) return;
    this.#large.count--;
    this.#smallReads = 0;
    this.#bytes = new Uint8Array(SMALL_BYTES);
  }
}
