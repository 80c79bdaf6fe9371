import type { ExtentPiece, StreamExtents } from "./capture_stream.ts";

const FIRST_CAPACITY = 16;

/** The extents of a stream that is the file itself. */
export class WholeFileExtents implements StreamExtents {
  endOffset = 0;

  fileOffset(offset: number): number {
    return offset;
  }

  pieces(offset: number, bytes: number): readonly ExtentPiece[] {
    return bytes === 0 ? [] : [{ offset, fileOffset: offset, bytes }];
  }
}

/** The extents of a stream that came in packets, 20 bytes each. */
export class PacketExtents implements StreamExtents {
  #count = 0;
  #offset: Float64Array = new Float64Array(FIRST_CAPACITY);
  #fileOffset: Float64Array = new Float64Array(FIRST_CAPACITY);
  #bytes: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  endOffset = 0;

  /** Adds a run at an offset that is not before the end. */
  add(offset: number, fileOffset: number, bytes: number): void {
    if (this.#count === this.#bytes.length) this.#grow();
    this.#offset[this.#count] = offset;
    this.#fileOffset[this.#count] = fileOffset;
    this.#bytes[this.#count] = bytes;
    this.#count++;
    this.endOffset = offset + bytes;
  }

  fileOffset(offset: number): number | undefined {
    const [piece] = this.pieces(offset, 1, 1);
    return piece?.fileOffset;
  }

  pieces(offset: number, bytes: number, maxPieces: number): readonly ExtentPiece[] {
    const end = offset + bytes;
    const pieces: ExtentPiece[] = [];
    for (let i = this.#firstBehind(offset); i < this.#count && pieces.length < maxPieces; i++) {
      const start = this.#offset[i]!;
      const from = Math.max(start, offset);
      const to = Math.min(start + this.#bytes[i]!, end);
      if (start >= end) break;
      pieces.push({ offset: from, fileOffset: this.#fileOffset[i]! + from - start, bytes: to - from });
    }
    return pieces;
  }

  /** The first extent that ends behind an offset. */
  #firstBehind(offset: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#offset[middle]! + this.#bytes[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    const capacity = 2 * this.#bytes.length;
    const [offset, fileOffset, bytes] = [this.#offset, this.#fileOffset, this.#bytes];
    this.#offset = new Float64Array(capacity);
    this.#offset.set(offset);
    this.#fileOffset = new Float64Array(capacity);
    this.#fileOffset.set(fileOffset);
    this.#bytes = new Uint32Array(capacity);
    this.#bytes.set(bytes);
  }
}
