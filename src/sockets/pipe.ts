import type { Message } from "../protocols/zmtp/session_types.ts";
import type { Link } from "./link.ts";
import { MessageQueue } from "./message_queue.ts";
import type { Pattern } from "./patterns/pattern.ts";

/** The bounds of a pipe's two queues. */
export interface PipeLimits {
  /** Messages that wait to be sent; 0 is no bound (zmtp §2.2). */
  readonly sendHighWaterMark: number;
  /** Messages that wait to be received; 0 is no bound. */
  readonly receiveHighWaterMark: number;
  /** Octets that wait to be sent, whatever the count: a thousand large messages would fill a machine's memory. */
  readonly maxUnsentBytes: number;
  /** Keep the last message only, both ways (zmtp §2.2). */
  readonly conflate: boolean;
}

const NO_ID: Uint8Array = new Uint8Array(0);

/** A queue that was full takes messages again once it has shrunk to this: HWM less LWM, LWM = (HWM + 1) / 2 (zmtp §2.2). */
function resumeAt(highWaterMark: number): number {
  return highWaterMark - Math.floor((highWaterMark + 1) / 2);
}

/**
 * The two queues between a socket and one peer. Behind it is a connection (`link`), a pipe of another socket in the same
 * context (`peer`), or nobody yet: what is written then waits.
 */
export class Pipe {
  readonly pattern: Pattern;
  readonly inbox: MessageQueue = new MessageQueue();
  readonly outbox: MessageQueue = new MessageQueue();
  readonly limits: PipeLimits;
  /** The connection, from its handshake on. */
  link: Link | undefined;
  /** The other end, with inproc. */
  peer: Pipe | undefined;
  /** What the peer says it is called, or what the ROUTER calls it. */
  peerIdentity: Uint8Array = NO_ID;
  /** What a ROUTER was told to call this peer before it was there (`connect_routing_id`, zmtp §1.12). */
  assignedId: Uint8Array | undefined;
  /** What a ROUTER calls the peer; nothing while it is not routable. */
  routingId: Uint8Array | undefined;
  /** Refused a message and has not shrunk enough since. */
  isFull = false;
  /** Nothing more can be written; what is in the inbox can still be read. */
  isEnding = false;
  /** Octets in the outbox. */
  outboxBytes = 0;
  /** Places in the lists of a `RoundRobin` and a `FairQueue`; -1 is none. */
  sendAt = -1;
  receiveAt = -1;
  /** The last message that a fan-out has matched this pipe for. */
  stamp = 0;
  /** Topics that the peer has subscribed to. */
  topics = 0;
  #receiveLimit: number;
  #receiveResumeAt: number;
  readonly #sendResumeAt: number;

  constructor(pattern: Pattern, limits: PipeLimits) {
    this.pattern = pattern;
    this.limits = limits;
    this.#receiveLimit = limits.receiveHighWaterMark;
    this.#receiveResumeAt = resumeAt(limits.receiveHighWaterMark);
    this.#sendResumeAt = resumeAt(limits.sendHighWaterMark);
  }

  /** With inproc the marks of both ends are summed; 0 on either side is no bound (zmtp §2.2). */
  pair(peer: Pipe): void {
    this.peer = peer;
    const [own, theirs] = [this.limits.receiveHighWaterMark, peer.limits.sendHighWaterMark];
    this.#receiveLimit = own === 0 || theirs === 0 ? 0 : own + theirs;
    this.#receiveResumeAt = resumeAt(this.#receiveLimit);
  }

  /**
   * Hands a message to the connection, or keeps it until there is one that takes it.
   *
   * @returns false when the high-water mark is reached: `pattern.writable` follows
   */
  write(message: Message): boolean {
    const { link } = this;
    if (link?.takesMessages === true && this.outbox.size === 0 && !this.limits.conflate) {
      link.send(message);
      return true;
    }
    return this.peer === undefined ? this.#queue(message) : this.#deliver(this.peer, message);
  }

  /** Whether `write` would take a message now. */
  get hasRoom(): boolean {
    if (this.limits.conflate) return true;
    const { link, peer } = this;
    if (link?.takesMessages === true && this.outbox.size === 0) return true;
    if (this.isFull) return false;
    if (peer !== undefined) return peer.pattern.roomOf(peer) > 0;
    const { sendHighWaterMark, maxUnsentBytes } = this.limits;
    return (sendHighWaterMark === 0 || this.outbox.size < sendHighWaterMark) && this.outboxBytes < maxUnsentBytes;
  }

  /** How many messages the inbox still takes. */
  get room(): number {
    if (this.#receiveLimit === 0 || this.limits.conflate) return Number.MAX_SAFE_INTEGER;
    return this.#receiveLimit - this.inbox.size;
  }

  /** The next message to send, or nothing. Tells the pattern when there is room again. */
  takeUnsent(): Message | undefined {
    const message = this.outbox.shift();
    if (message === undefined) return undefined;
    this.outboxBytes -= bytesOf(message);
    if (this.isFull && this.outbox.size <= this.#sendResumeAt && this.outboxBytes < this.limits.maxUnsentBytes) {
      this.isFull = false;
      this.pattern.writable(this);
    }
    return message;
  }

  /** Queues past the high-water mark, for subscriptions: they must not be lost. @returns false when there are too many octets */
  forceUnsent(message: Message): boolean {
    this.outbox.push(message);
    this.outboxBytes += bytesOf(message);
    this.link?.touch();
    return this.outboxBytes <= this.limits.maxUnsentBytes;
  }

  dropUnsent(): void {
    this.outbox.clear();
    this.outboxBytes = 0;
    if (!this.isFull) return;
    this.isFull = false;
    this.pattern.writable(this);
  }

  /** The oldest message of the inbox, or nothing; asks for more when the low-water mark is reached. */
  read(): Message | undefined {
    const message = this.inbox.shift();
    if (message !== undefined && this.inbox.size === this.#receiveResumeAt) this.refill();
    return message;
  }

  /** As `read`, several at once. */
  readBatch(maxMessages: number): Message[] {
    const before = this.inbox.size;
    const messages = this.inbox.shiftBatch(maxMessages);
    if (before > this.#receiveResumeAt && this.inbox.size <= this.#receiveResumeAt) this.refill();
    return messages;
  }

  /** There is room in the inbox again. */
  refill(): void {
    this.link?.pump();
    const { peer } = this;
    if (peer?.isFull !== true) return;
    peer.isFull = false;
    peer.pattern.writable(peer);
    peer.pattern.wake();
  }

  /** Messages from the peer: the inbox of a conflating pipe keeps the last. */
  accept(messages: Message[]): void {
    if (this.limits.conflate) {
      this.inbox.clear();
      this.inbox.push(messages.at(-1)!);
    } else {
      this.inbox.pushAll(messages);
    }
  }

  #queue(message: Message): boolean {
    if (this.limits.conflate) {
      this.outbox.clear();
      this.outboxBytes = 0;
    } else {
      if (!this.hasRoom) this.isFull = true;
      if (this.isFull) return false;
    }
    this.outbox.push(message);
    this.outboxBytes += bytesOf(message);
    this.link?.touch();
    return true;
  }

  #deliver(peer: Pipe, message: Message): boolean {
    if (this.isFull || peer.pattern.roomOf(peer) <= 0) {
      this.isFull = true;
      return false;
    }
    peer.pattern.arrived(peer, [message]);
    peer.pattern.wake();
    return true;
  }
}

/** Octets of all parts. */
export function bytesOf(message: Message): number {
  let bytes = 0;
  for (let i = 0; i < message.length; i++) bytes += message[i]!.length;
  return bytes;
}
