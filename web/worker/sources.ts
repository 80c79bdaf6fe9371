/** Where the bytes of captures come from in a browser. */
import type { CaptureSource } from "../../src/ports/capture_source.ts";

/** A file, read by the piece; a newer state of a growing file takes its place. */
export class BlobSource implements CaptureSource {
  readonly name: string;
  #blob: Blob;

  constructor(name: string, blob: Blob) {
    this.name = name;
    this.#blob = blob;
  }

  get bytes(): number {
    return this.#blob.size;
  }

  get blob(): Blob {
    return this.#blob;
  }

  /** Takes a newer state of the file. */
  replace(blob: Blob): void {
    this.#blob = blob;
  }

  async read(offset: number, bytes: number): Promise<Uint8Array> {
    return new Uint8Array(await this.#blob.slice(offset, offset + bytes).arrayBuffer());
  }
}

/** What a live tap has brought, in memory and at most this much: about a quarter of an hour of a loud fleet. */
export const MAX_LIVE_BYTES = 134_217_728;

/** Bytes that come in while they are looked at. */
export class LiveSource implements CaptureSource {
  readonly name: string;
  readonly #pieces: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  #bytes = 0;

  constructor(name: string) {
    this.name = name;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#bytes >= MAX_LIVE_BYTES;
  }

  append(bytes: Uint8Array): void {
    this.#pieces.push({ offset: this.#bytes, bytes });
    this.#bytes += bytes.length;
  }

  async read(offset: number, bytes: number): Promise<Uint8Array> {
    const end = Math.min(offset + bytes, this.#bytes);
    const out = new Uint8Array(Math.max(0, end - offset));
    for (let at = this.#firstPiece(offset); at < this.#pieces.length; at++) {
      const piece = this.#pieces[at]!;
      if (piece.offset >= end) break;
      const from = Math.max(offset, piece.offset);
      const to = Math.min(end, piece.offset + piece.bytes.length);
      out.set(piece.bytes.subarray(from - piece.offset, to - piece.offset), from - offset);
    }
    return out;
  }

  #firstPiece(offset: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const piece = this.#pieces[middle]!;
      if (piece.offset + piece.bytes.length <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
