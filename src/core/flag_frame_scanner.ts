import { type Kernels, loadKernels, type Resident } from "./kernels.ts";
import { ProtocolError } from "./protocol_error.ts";
import { TailCarry } from "./tail_carry.ts";

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** In a flags octet: eight octets of length follow, not one. */
const LONG = 2;
/** The flags that are handed out: all that have a meaning besides {@linkcode LONG}, which the length has used up. */
const HANDED_OUT = 5;
const SHORT_HEAD_BYTES = 2;
const LONG_HEAD_BYTES = 9;
const ROW_WORDS = 2;
const ROW_SHIFT = 3;

/** Bodies from here on are found by reading their head: copying them to the kernel would cost more (measured). */
const DIRECT_BYTES = 512;
/** What the kernel is given at once: a window that stays in the first-level cache. */
const WINDOW_BYTES = 16_384;
/** A body that comes in several chunks is gathered in a buffer that starts so large and grows by so much. */
const FIRST_CAPACITY = 65_536;
const GROWTH = 4;

/** What {@linkcode FlagFrameScanner.next} found: 0 no more whole frames, 1 a frame, 2 one whose length is refused. */
export type FlagFrameStatus = 0 | 1 | 2;

/**
 * Cuts a stream into frames that begin with a flags octet and a length: one octet, or eight (big-endian) where bit 1 of the
 * flags is set. Small frames are found by the kernel, many at once.
 *
 * A body is a view on its chunk where it lies whole in one, else on a copy of its own, made once its length is known to be
 * allowed and never more than four times what has come (or 64 KiB): a length that is only declared costs nothing. Frames
 * are the same however the stream is chunked.
 *
 * @example
 * ```ts
 * import { FlagFrameScanner } from "tidewire/core";
 * const scanner = new FlagFrameScanner(1_024);
 * scanner.push(Uint8Array.of(1, 2, 104, 105, 0, 0, 0));
 * scanner.next(); // 1
 * scanner.flags; // 1
 * scanner.body; // Uint8Array [104, 105]
 * scanner.next(); // 1: an empty frame
 * scanner.next(); // 0: one octet is the start of a frame
 * ```
 */
export class FlagFrameScanner implements Resident {
  /** Flags of the frame at hand, bits 0 and 2 only; after a 0 those of the frame that is coming in. */
  flags = 0;
  /** Body of the frame at hand. */
  body: Uint8Array = NO_BYTES;
  /** Octets that the frame at hand, or after a 0 the one that is coming in, has by its length; 0 if that isn't known yet. */
  declaredBytes = 0;
  /** Where the frame at hand starts in the stream; after a 0, where the next one does. */
  offset = 0;
  /** Most octets of a body. May be changed between two frames. */
  maxBodyBytes: number;
  readonly #kernels: Kernels = loadKernels();
  readonly #carry: TailCarry = new TailCarry(FIRST_CAPACITY, GROWTH);
  readonly #head: Uint8Array = new Uint8Array(LONG_HEAD_BYTES);
  #headHeld = 0;
  #isGathering = false;
  #chunk: Uint8Array = NO_BYTES;
  /** Where scanning goes on in the chunk; where the rows end, while there are rows. */
  #at = 0;
  /** Where the chunk starts in the stream. */
  #chunkOffset = 0;
  #words: Uint32Array = this.#kernels.words;
  #row = 0;
  #rowsEnd = 0;
  /** What turns an address of a row into an offset of the chunk's buffer. */
  #shift = 0;
  #hasFailed = false;

  /** @param maxBodyBytes most octets of a body, up to 2^53 - 1 */
  constructor(maxBodyBytes: number) {
    this.maxBodyBytes = maxBodyBytes;
  }

  /** Octets held of a frame that is still coming in. */
  get carriedBytes(): number {
    return this.#headHeld + this.#carry.bytesHeld;
  }

  /**
   * Takes the next chunk, which must stay unchanged as long as bodies that lie in it are used.
   *
   * @throws ProtocolError `core/scanner-not-drained`, side `local`, unless {@linkcode next} has returned 0 (or 2) before
   */
  push(chunk: Uint8Array): void {
    if (this.#chunk !== NO_BYTES) {
      throw new ProtocolError({
        code: "core/scanner-not-drained",
        side: "local",
        found: "a chunk that is not yet scanned to its end",
        expected: "next() to have returned 0 before another push()",
      });
    }
    if (this.#hasFailed) return;
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** Goes on to the next frame. After a 2 nothing more comes out: the stream has no boundaries any more. */
  next(): FlagFrameStatus {
    if (this.#row < this.#rowsEnd) return this.#fromRow();
    const chunk = this.#chunk;
    while (this.#at < chunk.length) {
      if (this.#isGathering) {
        this.#at += this.#carry.append(chunk, this.#at);
        if (this.#carry.isWhole) return this.#gathered();
      } else if (this.#headHeld > 0) {
        this.#head[this.#headHeld++] = chunk[this.#at++]!;
        if (this.#headHeld < headBytes(this.#head[0]!)) continue;
        this.#readHead(this.#head, 0);
        this.#headHeld = 0;
        if (this.declaredBytes > this.maxBodyBytes) return this.#refuse();
        this.#carry.expect(this.declaredBytes);
        if (this.declaredBytes === 0) return this.#gathered();
        this.#isGathering = true;
      } else {
        const status = this.#fromChunk(chunk);
        if (status !== 0) return status;
      }
    }
    return this.#leaveChunk();
  }

  evict(): void {
    this.#words = this.#words.slice(this.#row, this.#rowsEnd);
    this.#row = 0;
    this.#rowsEnd = this.#words.length;
  }

  #fromRow(): FlagFrameStatus {
    const words = this.#words;
    const first = words[this.#row]!;
    const start = first >>> ROW_SHIFT;
    const bytes = words[this.#row + 1]! - start;
    this.#row += ROW_WORDS;
    if (this.#row === this.#rowsEnd) this.#leaveTable();
    this.flags = first & HANDED_OUT;
    this.declaredBytes = bytes;
    const at = start + this.#shift;
    this.offset = this.#chunkOffset + at - headBytes(first) - this.#chunk.byteOffset;
    if (bytes > this.maxBodyBytes) return this.#refuse();
    this.body = bytes === 0 ? NO_BYTES : new Uint8Array(this.#chunk.buffer, at, bytes);
    return 1;
  }

  /** At a frame's start with nothing carried. 0 says that the frame is unfinished and that the chunk is used up. */
  #fromChunk(chunk: Uint8Array): FlagFrameStatus {
    const at = this.#at;
    const left = chunk.length - at;
    const needed = headBytes(chunk[at]!);
    this.offset = this.#chunkOffset + at;
    if (left < needed) {
      for (let i = 0; i < left; i++) this.#head[i] = chunk[at + i]!;
      this.#headHeld = left;
      this.#at = chunk.length;
      return 0;
    }
    this.#readHead(chunk, at);
    if (this.declaredBytes > this.maxBodyBytes) return this.#refuse();
    const bodyAt = at + needed;
    const end = bodyAt + this.declaredBytes;
    if (end > chunk.length) {
      this.#at = bodyAt;
      this.#isGathering = true;
      this.#carry.expect(this.declaredBytes);
      return 0;
    }
    if (this.declaredBytes >= DIRECT_BYTES || left < DIRECT_BYTES) {
      this.#at = end;
      this.body = bodyAt === end ? NO_BYTES : viewOf(chunk, bodyAt, end);
      return 1;
    }
    this.#scan(chunk, at);
    return this.#fromRow();
  }

  /** Lets the kernel find the frames of a window. The first of them is known to be whole. */
  #scan(chunk: Uint8Array, at: number): void {
    const kernels = this.#kernels;
    const end = Math.min(chunk.length, at + WINDOW_BYTES);
    kernels.takeFrameTable(this);
    const address = kernels.place(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
    const rows = kernels.wasm.scanFlagFrames(address, address + end - at);
    this.#words = kernels.words;
    this.#row = kernels.frameTableAt >>> 2;
    this.#rowsEnd = this.#row + rows * ROW_WORDS;
    this.#shift = chunk.byteOffset + at - address;
    this.#at = this.#words[this.#rowsEnd - 1]! + this.#shift - chunk.byteOffset;
  }

  #leaveTable(): void {
    this.#words = this.#kernels.words;
    this.#row = 0;
    this.#rowsEnd = 0;
    this.#kernels.leaveFrameTable(this);
  }

  #readHead(bytes: Uint8Array, at: number): void {
    const flags = bytes[at]!;
    this.flags = flags & HANDED_OUT;
    // Above 2^53 the sum is not exact, and far over every limit.
    this.declaredBytes =
      (flags & LONG) === 0 ? bytes[at + 1]! : u32(bytes, at + 1) * 0x1_0000_0000 + u32(bytes, at + 5);
  }

  #gathered(): FlagFrameStatus {
    this.#isGathering = false;
    this.body = this.#carry.take();
    return 1;
  }

  #refuse(): FlagFrameStatus {
    if (this.#row < this.#rowsEnd) this.#leaveTable();
    this.#hasFailed = true;
    this.body = NO_BYTES;
    this.#chunk = NO_BYTES;
    this.#at = 0;
    return 2;
  }

  /** Lets go of the chunk: an idle scanner holds nothing of the host's. */
  #leaveChunk(): FlagFrameStatus {
    if (this.#hasFailed) return 2;
    this.#chunkOffset += this.#chunk.length;
    this.#chunk = NO_BYTES;
    this.#at = 0;
    this.body = NO_BYTES;
    if (this.#isGathering) return 0;
    this.declaredBytes = 0;
    this.flags = 0;
    this.offset = this.#chunkOffset - this.#headHeld;
    return 0;
  }
}

function headBytes(flags: number): number {
  return (flags & LONG) === 0 ? SHORT_HEAD_BYTES : LONG_HEAD_BYTES;
}

function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** A plain `Uint8Array`, whatever class the host's chunk is of. */
function viewOf(chunk: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset + from, to - from);
}
