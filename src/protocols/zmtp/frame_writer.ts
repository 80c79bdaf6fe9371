import { MAX_COPIED_BYTES } from "./encode_message.ts";
import { frameBytes, putFrame, putLongHead, writeLength } from "./put_frame.ts";
import type { EncodedMessage, SharedStretch, WireFraming } from "./session_types.ts";
import { FLAG_COMMAND, FLAG_MORE, LONG_HEAD_BYTES, ZWS_COMMAND } from "./wire.ts";

/** Small bodies are copied to chunks of this size: one write for thousands of them (zmtp §3.1, rule 1). */
const CHUNK_BYTES = 65_536;
/** The first chunk; each next is larger by a factor. A peer that is told little costs little: thousands of them are idle. */
const FIRST_CHUNK_BYTES = 1_024;
const CHUNK_GROWTH = 8;
/** Less of a shared chunk is copied: a session whose peer reads nothing would keep a whole chunk for each few octets. */
const MIN_SHARED_BYTES = 32_768;
const NO_BYTES: Uint8Array = new Uint8Array(0);

/** What a session has to write: frames in one framing, gathered into few chunks. */
export class FrameWriter {
  /** Octets that `take` would give. */
  bytes = 0;
  #framing: WireFraming;
  #pieces: Uint8Array[] = [];
  #chunk: Uint8Array = NO_BYTES;
  /** What of the chunk is written, and what of that is not in `#pieces` yet. */
  #at = 0;
  #from = 0;
  /** What of a chunk that others share comes next, and is neither in `#pieces` nor in `#chunk` yet. */
  #shared: Uint8Array = NO_BYTES;
  #sharedFrom = 0;
  #sharedEnd = 0;

  constructor(framing: WireFraming) {
    this.#framing = framing;
  }

  /** From here on another one: what an old peer asks for. */
  set framing(framing: WireFraming) {
    this.#framing = framing;
  }

  /** One frame of a message. A body over 16 KiB goes by reference and must not be changed until it is written. */
  frame(body: Uint8Array, isMore: boolean): void {
    if (this.#framing === "zmtp") this.#write(isMore ? FLAG_MORE : 0, body);
    else if (this.#framing === "zws") this.#writeWhole(isMore ? 1 : 0, body);
    else this.#writeFirst(isMore, body);
  }

  /** One command; never in 1.0. */
  command(body: Uint8Array): void {
    if (this.#framing === "zws") this.#writeWhole(ZWS_COMMAND, body);
    else this.#write(FLAG_COMMAND, body);
  }

  /** Octets that are no frame: a greeting. */
  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#chunk.set(bytes, at);
  }

  /** A message that was encoded before, in the framing of this writer. */
  encoded(message: EncodedMessage): void {
    for (const chunk of message.chunks) {
      if (this.#framing === "zws" || chunk.length > MAX_COPIED_BYTES) this.#reference(chunk);
      else this.raw(chunk);
    }
  }

  /** A message that others write, too; in the framing `zmtp`. Those that follow each other become one piece. */
  shared({ chunk, from, end }: SharedStretch): void {
    if (chunk !== this.#shared || from !== this.#sharedEnd) {
      this.#cutShared();
      this.#shared = chunk;
      this.#sharedFrom = from;
    }
    this.#sharedEnd = end;
    this.bytes += end - from;
  }

  /** All that was written, in order. With WebSockets each is one message. */
  take(): Uint8Array[] {
    if (this.#shared !== NO_BYTES) this.#cutShared();
    this.#cut();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.bytes = 0;
    return pieces;
  }

  #write(flags: number, body: Uint8Array): void {
    const { length } = body;
    if (length > MAX_COPIED_BYTES) {
      const at = this.#reserve(LONG_HEAD_BYTES);
      putLongHead(this.#chunk, at, flags, length);
      this.#reference(body);
      return;
    }
    const at = this.#reserve(frameBytes(length));
    putFrame(this.#chunk, at, flags, body);
  }

  /** zmtp §1.14: the length counts the octet of flags */
  #writeFirst(isMore: boolean, body: Uint8Array): void {
    const length = body.length + 1;
    const isShort = length < 0xff;
    const at = this.#reserve(isShort ? 2 : 10);
    this.#chunk[at] = isShort ? length : 0xff;
    if (!isShort) writeLength(this.#chunk, at + 1, length);
    this.#chunk[at + (isShort ? 1 : 9)] = isMore ? FLAG_MORE : 0;
    if (body.length > MAX_COPIED_BYTES) this.#reference(body);
    else this.raw(body);
  }

  /** zmtp §1.15: a WebSocket message a frame */
  #writeWhole(flag: number, body: Uint8Array): void {
    if (1 + body.length > MAX_COPIED_BYTES) {
      const message = new Uint8Array(1 + body.length);
      message[0] = flag;
      message.set(body, 1);
      this.#reference(message);
      return;
    }
    const at = this.#reserve(1 + body.length);
    this.#chunk[at] = flag;
    this.#chunk.set(body, at + 1);
    this.#cut();
  }

  /** Room for so many octets, at most CHUNK_BYTES, in one chunk; where it begins. */
  #reserve(bytes: number): number {
    if (this.#shared !== NO_BYTES) this.#cutShared();
    if (this.#at + bytes > this.#chunk.length) {
      this.#cut();
      const grown = Math.max(FIRST_CHUNK_BYTES, bytes, CHUNK_GROWTH * this.#chunk.length);
      this.#chunk = new Uint8Array(Math.min(CHUNK_BYTES, grown));
      this.#at = 0;
      this.#from = 0;
    }
    const at = this.#at;
    this.#at = at + bytes;
    this.bytes += bytes;
    return at;
  }

  #reference(bytes: Uint8Array): void {
    if (this.#shared !== NO_BYTES) this.#cutShared();
    this.#cut();
    this.#pieces.push(bytes);
    this.bytes += bytes.length;
  }

  /** What is shared takes its place behind what was written before. */
  #cutShared(): void {
    const stretch = this.#shared.subarray(this.#sharedFrom, this.#sharedEnd);
    this.#shared = NO_BYTES;
    this.#sharedFrom = 0;
    this.#sharedEnd = 0;
    // It was counted when it came.
    this.bytes -= stretch.length;
    if (stretch.length >= MIN_SHARED_BYTES) this.#reference(stretch);
    else if (stretch.length > 0) this.raw(stretch);
  }

  /** What is written of the chunk becomes a piece; the rest of it stays for what comes next. */
  #cut(): void {
    if (this.#at === this.#from) return;
    this.#pieces.push(this.#chunk.subarray(this.#from, this.#at));
    this.#from = this.#at;
  }
}
