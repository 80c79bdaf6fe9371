import type { CaptureSource } from "../ports/capture_source.ts";

/** Read at once: as much as makes the cost of a read small beside that of decoding what it brings. */
const AHEAD_BYTES = 1_048_576;

/**
 * A source for those who read a capture from its start to its end in small pieces: they are taken from a block that is read at once.
 * Holds one block, or the last piece if that is larger.
 *
 * @example
 * ```ts
 * const ahead = new ReadAhead(source);
 * await ahead.read(0, 100); // reads a megabyte
 * await ahead.read(100, 60); // reads nothing
 * ```
 */
export class ReadAhead implements CaptureSource {
  readonly #source: CaptureSource;
  #block: Uint8Array = new Uint8Array(0);
  #offset = 0;

  constructor(source: CaptureSource) {
    this.#source = source;
  }

  get name(): string {
    return this.#source.name;
  }

  get bytes(): number {
    return this.#source.bytes;
  }

  /** What is returned is a view on the block: not to be written to. */
  async read(offset: number, bytes: number): Promise<Uint8Array> {
    const isHeld = offset >= this.#offset && offset + bytes <= this.#offset + this.#block.length;
    if (!isHeld) {
      this.#block = await this.#source.read(offset, Math.max(bytes, AHEAD_BYTES));
      this.#offset = offset;
    }
    const at = offset - this.#offset;
    return this.#block.subarray(at, at + bytes);
  }
}
