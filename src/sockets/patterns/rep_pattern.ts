import type { ProtocolError } from "../../core/protocol_error.ts";
import type { Message } from "../../protocols/zmtp/session_types.ts";
import { FairQueue } from "../fair_queue.ts";
import type { Pipe } from "../pipe.ts";
import { socketError } from "../socket_error.ts";
import { Pattern } from "./pattern.ts";

/** REP: a request, then its reply to the peer that asked, in turn (zmtp §2.1). */
export class RepPattern extends Pattern {
  readonly socketType = "REP";
  readonly #queue: FairQueue = new FairQueue();
  /** Who waits for the reply. */
  #asker: Pipe | undefined;
  /** The parts up to the delimiter: the way back. */
  #envelope: Message = [];
  #owesReply = false;

  attach(pipe: Pipe): ProtocolError | undefined {
    this.#queue.add(pipe);
    return undefined;
  }

  protected detach(pipe: Pipe): void {
    this.#queue.end(pipe);
  }

  arrived(pipe: Pipe, messages: Message[]): void {
    pipe.accept(messages);
    this.#queue.activate(pipe);
  }

  override send(message: Message): boolean {
    if (!this.#owesReply) throw socketError("sockets/wrong-state", "a reply", "a request to be received first");
    const asker = this.#asker!;
    // A peer that is gone or does not read its replies gets none: a REP never blocks (zmtp §2.1).
    if (!asker.isEnding) asker.write([...this.#envelope, ...message]);
    this.#owesReply = false;
    this.#asker = undefined;
    return true;
  }

  override get isReceiving(): boolean {
    return !this.#owesReply;
  }

  override receive(): Message | undefined {
    if (this.#owesReply) {
      throw socketError("sockets/wrong-state", "a second receive", "the reply to the last request to be sent");
    }
    for (let message = this.#queue.receive(); message !== undefined; message = this.#queue.receive()) {
      const delimiterAt = message.findIndex((part) => part.length === 0);
      // Without a delimiter, or with nothing behind it, it is no request.
      if (delimiterAt < 0 || delimiterAt === message.length - 1) continue;
      this.#envelope = message.slice(0, delimiterAt + 1);
      this.#asker = this.#queue.last;
      this.#owesReply = true;
      return message.slice(delimiterAt + 1);
    }
    return undefined;
  }

  /** One request at a time. */
  override receiveBatch(_maxMessages: number): Message[] {
    const request = this.receive();
    return request === undefined ? [] : [request];
  }
}
