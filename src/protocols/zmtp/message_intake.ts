import { zmtpError } from "./errors.ts";
import type { Message, ZmtpLimits } from "./session_types.ts";

const NONE: Message[] = [];

/** Puts frames together to messages, and holds those that are whole until they are taken. */
export class MessageIntake {
  readonly #limits: ZmtpLimits;
  #whole: Message[] = [];
  #taken = 0;
  #parts: Message | undefined;
  #partsBytes = 0;
  /** Of the parts so many are no views on chunks of an earlier turn. */
  #ownParts = 0;

  constructor(limits: ZmtpLimits) {
    this.#limits = limits;
  }

  /** Whole messages that were not taken yet. */
  get waiting(): number {
    return this.#whole.length - this.#taken;
  }

  /** Octets of the parts of a message that is not whole. */
  get heldBytes(): number {
    return this.#parts === undefined ? 0 : this.#partsBytes;
  }

  /**
   * One frame of a message.
   *
   * @throws ProtocolError `zmtp/message-too-large`, `zmtp/too-many-frames`
   */
  frame(body: Uint8Array, isMore: boolean): void {
    const parts = this.#parts;
    if (parts === undefined) {
      if (body.length > this.#limits.maxMessageBytes) throw this.#tooLarge(body.length);
      if (!isMore) {
        this.#whole.push([body]);
        return;
      }
      this.#parts = [body];
      this.#partsBytes = body.length;
      this.#ownParts = 0;
      return;
    }
    this.#partsBytes += body.length;
    if (this.#partsBytes > this.#limits.maxMessageBytes) throw this.#tooLarge(this.#partsBytes);
    if (parts.length === this.#limits.maxMessageFrames) {
      const found = `more than ${parts.length} frames of one message`;
      throw zmtpError("too-many-frames", found, `at most ${this.#limits.maxMessageFrames}`);
    }
    parts.push(body);
    if (isMore) return;
    this.#whole.push(parts);
    this.#parts = undefined;
  }

  /**
   * A frame of a message begins that is not whole yet: it is refused before it is held.
   *
   * @throws ProtocolError `zmtp/message-too-large`, as `frame` would once it is there
   */
  expect(bytes: number): void {
    const total = this.heldBytes + bytes;
    if (total > this.#limits.maxMessageBytes) throw this.#tooLarge(total);
  }

  /** A message that stands for a command (zmtp §1.9). It may come between the frames of another. */
  whole(message: Message): void {
    this.#whole.push(message);
  }

  /** The oldest, at most so many; the caller owns the list. */
  take(maxMessages: number): Message[] {
    const waiting = this.waiting;
    if (waiting === 0 || maxMessages <= 0) return NONE.slice();
    if (this.#taken === 0 && waiting <= maxMessages) {
      const all = this.#whole;
      this.#whole = [];
      return all;
    }
    const end = Math.min(this.#whole.length, this.#taken + maxMessages);
    const some = this.#whole.slice(this.#taken, end);
    this.#taken = end;
    if (end === this.#whole.length) {
      this.#whole = [];
      this.#taken = 0;
    }
    return some;
  }

  /**
   * A chunk was taken to its end. A part that is a small piece of it and must wait is copied: else a peer could have a whole
   * chunk held for each octet of a message that never ends.
   */
  endChunk(): void {
    const parts = this.#parts;
    if (parts === undefined) return;
    for (; this.#ownParts < parts.length; this.#ownParts++) {
      const part = parts[this.#ownParts]!;
      if (part.length < part.buffer.byteLength / 2) parts[this.#ownParts] = part.slice();
    }
  }

  /** What is not whole will never be: the connection is over (all or nothing, zmtp §2.3). */
  drop(): void {
    this.#parts = undefined;
  }

  #tooLarge(bytes: number): Error {
    return zmtpError(
      "message-too-large",
      `a message of ${bytes} octets or more`,
      `at most ${this.#limits.maxMessageBytes}`,
    );
  }
}
