import type { Message } from "../../protocols/zmtp/session_types.ts";
import type { Pipe } from "../pipe.ts";
import { socketError } from "../socket_error.ts";
import { DealerPattern, type IdentityOptions } from "./dealer_pattern.ts";
import type { PatternServices } from "./pattern.ts";

/** What a REQ is made with. */
export interface ReqOptions extends IdentityOptions {
  /** A number in front of each request, which its reply must carry (`ZMQ_REQ_CORRELATE`). */
  readonly correlate: boolean;
  /** A new request may be sent before the reply to the last one (`ZMQ_REQ_RELAXED`). */
  readonly relaxed: boolean;
}

const EMPTY: Uint8Array = new Uint8Array(0);

/** REQ: a request, then its reply from the peer that was asked, in turn (zmtp §2.1). */
export class ReqPattern extends DealerPattern {
  override readonly socketType = "REQ";
  readonly #correlates: boolean;
  readonly #isRelaxed: boolean;
  #isWaiting = false;
  /** Who was asked; nothing when that peer is gone. */
  #asked: Pipe | undefined;
  #requestId: number;

  constructor(services: PatternServices, options: ReqOptions) {
    super(services, options);
    this.#correlates = options.correlate;
    this.#isRelaxed = options.relaxed;
    const random = new Uint8Array(4);
    services.entropy.fill(random);
    this.#requestId = new DataView(random.buffer).getUint32(0);
  }

  override send(message: Message): boolean {
    if (this.#isWaiting && !this.#isRelaxed) {
      throw socketError("sockets/wrong-state", "a second request", "the reply to the first one to be received");
    }
    const requestId = (this.#requestId + 1) >>> 0;
    const request: Message = this.#correlates ? [idPart(requestId), EMPTY, ...message] : [EMPTY, ...message];
    const asked = this.sendToNext(request);
    if (asked === undefined) return false;
    // Replies that are here already answer nothing that is still asked: an old reply must not pass for the new one's.
    while (this.queue.receive() !== undefined);
    this.#requestId = requestId;
    this.#asked = asked;
    this.#isWaiting = true;
    return true;
  }

  override get isReceiving(): boolean {
    return this.#isWaiting;
  }

  override receive(): Message | undefined {
    if (!this.#isWaiting) {
      throw socketError("sockets/wrong-state", "receive without a request", "a request to be sent first");
    }
    for (let message = this.queue.receive(); message !== undefined; message = this.queue.receive()) {
      if (this.#asked !== undefined && this.queue.last !== this.#asked) continue;
      const reply = this.#unwrap(message);
      if (reply === undefined) continue;
      this.#isWaiting = false;
      this.becameWritable = true;
      return reply;
    }
    return undefined;
  }

  /** One request has one reply. */
  override receiveBatch(_maxMessages: number): Message[] {
    const reply = this.receive();
    return reply === undefined ? [] : [reply];
  }

  protected override detach(pipe: Pipe): void {
    if (this.#asked === pipe && pipe.inbox.size === 0) this.#asked = undefined;
    super.detach(pipe);
  }

  /** The body of a reply; nothing when it is malformed or answers another request. */
  #unwrap(message: Message): Message | undefined {
    let at = 0;
    if (this.#correlates) {
      const id = message[at++];
      if (id?.length !== 4 || viewOf(id).getUint32(0) !== this.#requestId) return undefined;
    }
    // At least one part follows the delimiter.
    return message[at]?.length === 0 && message.length > at + 1 ? message.slice(at + 1) : undefined;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function idPart(requestId: number): Uint8Array {
  const part = new Uint8Array(4);
  viewOf(part).setUint32(0, requestId);
  return part;
}
