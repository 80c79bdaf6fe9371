import { type Kernels, loadKernels, type Resident } from "./kernels.ts";
import { TailCarry } from "./tail_carry.ts";

/** What {@linkcode FlaggedFrameScanner.next} found: 0 no more whole frames, 1 a frame, 2 one that is too large (and so the end). */
export type FlaggedFrameStatus = 0 | 1 | 2;

const NO_BYTES: Uint8Array = new Uint8Array(0);
const LONG = 0b010;
const KEPT_FLAGS = 0b101;
const SHORT_HEAD_BYTES = 2;
const LONG_HEAD_BYTES = 9;
/** Offsets of a row have 24 bits; and what is copied for the kernel should still be in the cache when it is read. */
const WINDOW_BYTES = 65_536;
/** The head of a larger frame is read here: copying a body to find its end costs more than it saves (measured). */
const MAX_KERNEL_FRAME_BYTES = 512;
/** Bodies of many megabytes are allowed: a third of one is copied twice, where doubling would copy all of it. */
const CARRY_GROWTH = 4;
const OFFSET_MASK = 0xff_ffff;

/**
 * Cuts a stream of frames that begin with an octet of flags: bit 0 MORE, bit 1 says that the length behind it has eight octets
 * (big-endian) and not one, bit 2 COMMAND; other bits are ignored. Fields instead of objects: there are millions of frames a
 * second.
 *
 * @example
 * ```ts
 * import { FlaggedFrameScanner } from "tidewire/core";
 * const scanner = new FlaggedFrameScanner(1_000);
 * scanner.push(Uint8Array.of(0, 2, 0x68, 0x69));
 * scanner.next(); // 1
 * scanner.body; // the bytes of "hi", a view on the chunk
 * ```
 */
export class FlaggedFrameScanner implements Resident {
  /** Bits of the frame at hand, of the one that is coming in, or of the one that is too large: 1 MORE, 4 COMMAND. */
  flags = 0;
  /** Body of the frame at hand: a view on the chunk, or on a copy of its own where it came in several. */
  body: Uint8Array = NO_BYTES;
  /** Octets that the head of the last frame, or of the one that is coming in, declares; 0 where none is known. */
  declaredBytes = 0;
  /** Octets of the stream up to the start of that frame. */
  offset = 0;
  /** Most octets of a body: larger ones are refused by their head. May be changed between two frames. */
  maxBodyBytes: number;
  readonly #kernels: Kernels = loadKernels();
  readonly #carry: TailCarry = new TailCarry(CARRY_GROWTH);
  #chunk: Uint8Array = NO_BYTES;
  #at = 0;
  #chunkOffset = 0;
  /** Rows of the kernel's table that are not yet handed out, and where the bytes start that they count from. */
  #words: Uint32Array = this.#kernels.words;
  #row = 0;
  #rowEnd = 0;
  #origin = 0;
  /** The limit that the rows were scanned by. */
  #rowsLimit = 0;

  constructor(maxBodyBytes: number) {
    this.maxBodyBytes = maxBodyBytes;
  }

  /** Octets that are held of a frame that is still coming in. */
  get carriedBytes(): number {
    return this.#carry.bytesHeld;
  }

  /** The chunk is given away and must stay unchanged. All frames of the chunk before must have been taken. */
  push(chunk: Uint8Array): void {
    this.#chunkOffset += this.#chunk.length;
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** Goes on to the next frame. */
  next(): FlaggedFrameStatus {
    if (this.#row < this.#rowEnd && this.#rowsLimit === this.maxBodyBytes) return this.#fromRow();
    if (this.#carry.bytesHeld > 0) return this.#fromCarry();
    return this.#fromChunk();
  }

  evict(): void {
    this.#words = this.#words.slice(this.#row, this.#rowEnd);
    this.#row = 0;
    this.#rowEnd = this.#words.length;
  }

  #fromRow(): FlaggedFrameStatus {
    const from = this.#words[this.#row]!;
    const end = this.#origin + this.#words[this.#row + 1]!;
    this.#row += 2;
    this.offset = this.#chunkOffset + this.#at;
    this.flags = from >>> 24;
    this.body = this.#chunk.subarray(this.#origin + (from & OFFSET_MASK), end);
    this.declaredBytes = this.body.length;
    this.#at = end;
    if (this.#row === this.#rowEnd) {
      this.#words = this.#kernels.words;
      this.#kernels.leaveFrameTable(this);
    }
    return 1;
  }

  #fromChunk(): FlaggedFrameStatus {
    // Rows of another limit are scanned anew.
    this.#row = this.#rowEnd;
    const chunk = this.#chunk;
    const at = this.#at;
    const left = chunk.length - at;
    if (left === 0) return 0;
    this.offset = this.#chunkOffset + at;
    const headBytes = (chunk[at]! & LONG) === 0 ? SHORT_HEAD_BYTES : LONG_HEAD_BYTES;
    if (left < headBytes) return this.#hold(headBytes, 0);
    const bodyBytes = declaredBytes(chunk, at);
    this.declaredBytes = bodyBytes;
    if (bodyBytes > this.maxBodyBytes) {
      this.flags = chunk[at]! & KEPT_FLAGS;
      return 2;
    }
    const frameBytes = headBytes + bodyBytes;
    if (left < frameBytes) return this.#hold(frameBytes, bodyBytes);
    if (frameBytes > MAX_KERNEL_FRAME_BYTES || left === frameBytes) {
      this.flags = chunk[at]! & KEPT_FLAGS;
      this.#at = at + frameBytes;
      this.body = chunk.subarray(at + headBytes, this.#at);
      return 1;
    }
    this.#scan(left);
    return this.#fromRow();
  }

  /** At least one whole frame of at most MAX_KERNEL_FRAME_BYTES is there. */
  #scan(left: number): void {
    const kernels = this.#kernels;
    const at = this.#at;
    kernels.takeFrameTable(this);
    const window = this.#chunk.subarray(at, at + Math.min(left, WINDOW_BYTES));
    const begin = kernels.place(window);
    // The kernel's limit is 32 bits wide; a frame of its window is within it.
    const rows = kernels.wasm.scanFlaggedFrames(
      begin,
      begin + window.length,
      Math.min(this.maxBodyBytes, WINDOW_BYTES),
    );
    this.#words = kernels.words;
    this.#row = kernels.frameTableAt >>> 2;
    this.#rowEnd = this.#row + rows * 2;
    this.#origin = at;
    this.#rowsLimit = this.maxBodyBytes;
  }

  /** Takes the rest of the chunk into the carry. */
  #hold(expected: number, bodyBytes: number): 0 {
    this.flags = this.#chunk[this.#at]! & KEPT_FLAGS;
    this.declaredBytes = bodyBytes;
    this.#carry.expect(expected);
    this.#at += this.#carry.append(this.#chunk, this.#at);
    return 0;
  }

  /** Goes on with the frame that an earlier chunk began. */
  #fromCarry(): FlaggedFrameStatus {
    const carry = this.#carry;
    this.#at += carry.append(this.#chunk, this.#at);
    if (!carry.isWhole) return 0;
    const head = carry.bytes;
    const headBytes = (head[0]! & LONG) === 0 ? SHORT_HEAD_BYTES : LONG_HEAD_BYTES;
    if (head.length <= headBytes) {
      this.declaredBytes = declaredBytes(head, 0);
      if (this.declaredBytes > this.maxBodyBytes) return 2;
      carry.expect(headBytes + this.declaredBytes);
      this.#at += carry.append(this.#chunk, this.#at);
      if (!carry.isWhole) return 0;
    }
    const frame = carry.take();
    this.flags = frame[0]! & KEPT_FLAGS;
    this.body = frame.subarray(headBytes);
    return 1;
  }
}

/** Exact up to 2^53, and more than any limit above. */
function declaredBytes(bytes: Uint8Array, at: number): number {
  if ((bytes[at]! & LONG) === 0) return bytes[at + 1]!;
  let value = 0;
  for (let i = 1; i <= 8; i++) value = value * 256 + bytes[at + i]!;
  return value;
}
