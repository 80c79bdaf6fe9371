import type { Entropy } from "../../ports/mod.ts";

/** RFC 6455 §5.2: the whole message in one frame, opcode binary. */
const FIN_BINARY = 0x82;
const MASKED = 0x80;
const MAX_HEADER_BYTES = 14;
/** Payloads up to here are copied behind their header, so that many frames are one piece for the system call. */
const COPY_BYTES = 16_384;
/** What frames are put together in. */
const PIECE_BYTES = 65_536;
/** Masks are drawn for so many frames at once. */
const MASK_BYTES = 4_096;

/**
 * Writes WebSocket frames of binary messages, many to a piece: a small message costs a few bytes of copying, where a frame of
 * its own would cost two segments of a system call.
 */
export class WebSocketFrames {
  readonly #entropy: Entropy | undefined;
  readonly #masks: Uint8Array = new Uint8Array(MASK_BYTES);
  #masksUsed: number = MASK_BYTES;
  #piece: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #pieces: Uint8Array[] = [];

  /** @param entropy for a client, which masks what it sends (RFC 6455 §5.3); nothing for a server */
  constructor(entropy: Entropy | undefined) {
    this.#entropy = entropy;
  }

  /** One frame for each message; in order, in as few pieces as are good. */
  encode(messages: readonly Uint8Array[]): readonly Uint8Array[] {
    this.#pieces = [];
    for (const message of messages) this.#add(message);
    this.#cut();
    return this.#pieces;
  }

  #add(message: Uint8Array): void {
    const { length } = message;
    const copies = this.#entropy !== undefined || length <= COPY_BYTES;
    const wanted = MAX_HEADER_BYTES + (copies ? length : 0);
    if (this.#piece.length - this.#end < wanted) {
      this.#cut();
      this.#piece = new Uint8Array(Math.max(PIECE_BYTES, wanted));
      this.#start = 0;
      this.#end = 0;
    }
    this.#putHeader(length);
    if (this.#entropy !== undefined) {
      this.#putMasked(message, this.#entropy);
    } else if (copies) {
      this.#piece.set(message, this.#end);
      this.#end += length;
    } else {
      this.#cut();
      this.#pieces.push(message);
    }
  }

  #putHeader(length: number): void {
    const piece = this.#piece;
    const mask = this.#entropy === undefined ? 0 : MASKED;
    piece[this.#end++] = FIN_BINARY;
    if (length < 126) {
      piece[this.#end++] = mask | length;
      return;
    }
    const lengthBytes = length < 65_536 ? 2 : 8;
    piece[this.#end++] = mask | (lengthBytes === 2 ? 126 : 127);
    // A message is far below 2^53 bytes: division where shifts would end at 32 bits.
    for (let i = lengthBytes - 1; i >= 0; i--) piece[this.#end++] = Math.floor(length / 2 ** (8 * i)) & 0xff;
  }

  #putMasked(message: Uint8Array, entropy: Entropy): void {
    if (this.#masksUsed === MASK_BYTES) {
      entropy.fill(this.#masks);
      this.#masksUsed = 0;
    }
    const piece = this.#piece;
    const masks = this.#masks;
    const maskAt = this.#masksUsed;
    this.#masksUsed += 4;
    for (let i = 0; i < 4; i++) piece[this.#end++] = masks[maskAt + i]!;
    const at = this.#end;
    for (let i = 0; i < message.length; i++) piece[at + i] = message[i]! ^ masks[maskAt + (i & 3)]!;
    this.#end = at + message.length;
  }

  /** What was put together so far becomes a piece; the rest of its memory takes the next frames. */
  #cut(): void {
    if (this.#end > this.#start) this.#pieces.push(this.#piece.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}
