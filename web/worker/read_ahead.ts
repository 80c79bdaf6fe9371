import type { CaptureSource } from "../../src/ports/capture_source.ts";

/** A read of a file costs about as much as this many bytes of it; a screen of frames lies in a few of them. */
const BLOCK_BYTES = 262_144;

/** Reads of frames that lie close together as one read of the source. Holds one block. */
export class ReadAhead implements CaptureSource {
  readonly #source: CaptureSource;
  #block: Uint8Array = new Uint8Array(0);
  #blockOffset = 0;

  constructor(source: CaptureSource) {
    this.#source = source;
  }

  get name(): string {
    return this.#source.name;
  }

  get bytes(): number {
    return this.#source.bytes;
  }

  async read(offset: number, bytes: number): Promise<Uint8Array> {
    const end = Math.min(offset + bytes, this.bytes);
    if (offset < this.#blockOffset || end > this.#blockOffset + this.#block.length) {
      if (bytes > BLOCK_BYTES) return this.#source.read(offset, bytes);
      const block = await this.#source.read(offset, BLOCK_BYTES);
      this.#block = block;
      this.#blockOffset = offset;
      return block.slice(0, bytes);
    }
    const from = offset - this.#blockOffset;
    return this.#block.slice(from, from + bytes);
  }
}
