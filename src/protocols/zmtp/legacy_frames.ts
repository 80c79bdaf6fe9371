import { TailCarry } from "../../core/tail_carry.ts";
import { zmtpError } from "./errors.ts";
import type { FrameSource, FrameStatus } from "./frame_source.ts";

/** A length octet of FF says that eight octets of length follow. */
const LONG_LENGTH = 0xff;
const SHORT_HEAD_BYTES = 2;
const LONG_HEAD_BYTES = 10;
const MORE = 0x01;
const NO_BYTES: Uint8Array = new Uint8Array(0);
const SUBSCRIBE_ALL: Uint8Array = Uint8Array.of(1);

/**
 * Cuts the stream of a ZMTP 1.0 peer: `len8 flags body` or `FF len64 flags body`, where the length counts the octet of flags
 * (zmtp §1.14). Bodies are views on the chunk, or on one copy where they come in several.
 */
export class LegacyFrames implements FrameSource {
  flags = 0;
  body: Uint8Array = NO_BYTES;
  declaredBytes = 0;
  offset = 0;
  maxBodyBytes: number;
  readonly #carry: TailCarry = new TailCarry();
  #chunk: Uint8Array = NO_BYTES;
  #at = 0;
  /** Octets of the stream before the chunk. */
  #chunkOffset = 0;
  /** Frames until the phantom one comes; below 0 it never does. */
  #untilPhantom: number;
  /** Whether what is carried begins with a head that was read. */
  #isHeadRead = false;
  #isOver = false;

  /**
   * @param hasPhantomSubscription a peer of 1.0 does not tell a PUB its subscriptions: behind its identity comes a frame that
   *   it did not send, which subscribes it to everything
   */
  constructor(maxBodyBytes: number, hasPhantomSubscription: boolean) {
    this.maxBodyBytes = maxBodyBytes;
    this.#untilPhantom = hasPhantomSubscription ? 1 : -1;
  }

  get carriedBytes(): number {
    return this.#carry.bytesHeld;
  }

  push(chunk: Uint8Array): void {
    this.#chunkOffset += this.#chunk.length;
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** @throws ProtocolError `zmtp/bad-length`: a length of 0 */
  next(): FrameStatus {
    if (this.#untilPhantom === 0) {
      this.#untilPhantom = -1;
      this.flags = 0;
      this.body = SUBSCRIBE_ALL;
      return 1;
    }
    const status = this.#isOver ? 2 : this.#cut();
    if (status === 1) this.#untilPhantom--;
    return status;
  }

  #cut(): FrameStatus {
    const carried = this.#carry.bytesHeld;
    const frame = carried > 0 ? this.#continued() : this.#whole();
    if (frame === undefined) return this.#isOver ? 2 : 0;
    const headBytes = headBytesOf(frame[0]!);
    this.flags = frame[headBytes - 1]! & MORE;
    this.body = frame.subarray(headBytes);
    return 1;
  }

  /** A frame that begins in the chunk, or the start of one, which is carried. */
  #whole(): Uint8Array | undefined {
    const chunk = this.#chunk;
    const at = this.#at;
    if (at === chunk.length) return undefined;
    this.offset = this.#chunkOffset + at;
    this.declaredBytes = 0;
    this.#isHeadRead = false;
    const headBytes = headBytesOf(chunk[at]!);
    if (chunk.length - at < headBytes) {
      this.#carry.expect(headBytes);
      this.#at += this.#carry.append(chunk, at);
      return undefined;
    }
    const frameBytes = this.#frameBytes(chunk, at);
    if (frameBytes === undefined) return undefined;
    if (chunk.length - at >= frameBytes) {
      this.#at = at + frameBytes;
      return chunk.subarray(at, this.#at);
    }
    this.#carry.expect(frameBytes);
    this.#at += this.#carry.append(chunk, at);
    return undefined;
  }

  /** The frame whose start is carried, once the chunk brings its end. */
  #continued(): Uint8Array | undefined {
    if (!this.#fill()) return undefined;
    const head = this.#carry.bytes;
    if (!this.#isHeadRead) {
      const frameBytes = this.#frameBytes(head, 0);
      if (frameBytes === undefined) return undefined;
      this.#carry.expect(frameBytes);
      if (!this.#fill()) return undefined;
    }
    return this.#carry.take();
  }

  /** Appends what is expected and there; whether that is all. */
  #fill(): boolean {
    this.#at += this.#carry.append(this.#chunk, this.#at);
    return this.#carry.isWhole;
  }

  /** Octets of head and body as the head declares them; nothing, and the end, when they are not taken. */
  #frameBytes(bytes: Uint8Array, at: number): number | undefined {
    let length = bytes[at]!;
    if (length === LONG_LENGTH) {
      length = 0;
      for (let i = 1; i <= 8; i++) length = length * 0x100 + bytes[at + i]!;
    }
    if (length === 0) {
      throw zmtpError("bad-length", "a length of 0", "1 or more: it counts the octet of flags", this.offset);
    }
    this.declaredBytes = length - 1;
    if (this.declaredBytes > this.maxBodyBytes) {
      this.#isOver = true;
      return undefined;
    }
    this.#isHeadRead = true;
    return headBytesOf(bytes[at]!) + this.declaredBytes;
  }
}

function headBytesOf(first: number): number {
  return first === LONG_LENGTH ? LONG_HEAD_BYTES : SHORT_HEAD_BYTES;
}
