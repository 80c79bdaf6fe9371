import type { ProtocolError } from "../../core/protocol_error.ts";
import type { Message } from "../../protocols/zmtp/session_types.ts";
import { FairQueue } from "../fair_queue.ts";
import type { Pipe } from "../pipe.ts";
import { peerError, socketError } from "../socket_error.ts";
import { TopicTree } from "../topic_tree.ts";
import { Pattern, type PatternServices } from "./pattern.ts";

/** What a SUB or XSUB is made with. */
export interface SubOptions {
  /** Takes what does not match (`ZMQ_INVERT_MATCHING`); its publishers must be inverted too. */
  readonly invertMatching: boolean;
  /** Topics of this socket; a fault of the caller beyond that. */
  readonly maxSubscriptions: number;
  readonly maxTopicBytes: number;
}

/** SUB: from each peer in turn, what it has subscribed to (zmtp §2.1). */
export class SubPattern extends Pattern {
  readonly socketType: "SUB" | "XSUB" = "SUB";
  protected readonly pipes: Set<Pipe> = new Set();
  readonly #queue: FairQueue = new FairQueue();
  readonly #options: SubOptions;
  /** How often each topic was subscribed to: peers are told to stop at the last one (zmtp §1.9). */
  readonly #topics: TopicTree<{ count: number }> = new TopicTree();

  constructor(services: PatternServices, options: SubOptions) {
    super(services);
    this.#options = options;
  }

  override get sendsSubscriptions(): boolean {
    return true;
  }

  attach(pipe: Pipe): ProtocolError | undefined {
    this.pipes.add(pipe);
    this.#queue.add(pipe);
    return undefined;
  }

  /** A new connection knows nothing: each topic once, shortest first (zmtp §1.9). */
  override ready(pipe: Pipe): void {
    for (const { topic } of this.#topics.entries()) this.#sendUp(pipe, subscription(1, topic));
  }

  /** What waited for the old connection is repeated to the new one (zmtp §2.2). */
  override lost(pipe: Pipe): void {
    pipe.dropUnsent();
  }

  protected detach(pipe: Pipe): void {
    this.pipes.delete(pipe);
    this.#queue.end(pipe);
  }

  arrived(pipe: Pipe, messages: Message[]): void {
    pipe.accept(messages);
    this.#queue.activate(pipe);
  }

  /** @throws ProtocolError `sockets/bad-option` beyond the limits */
  subscribe(topic: Uint8Array): void {
    const { maxSubscriptions, maxTopicBytes } = this.#options;
    if (topic.length > maxTopicBytes) {
      throw socketError("sockets/bad-option", `a topic of ${topic.length} octets`, `at most ${maxTopicBytes}`);
    }
    const entry = this.#topics.get(topic);
    if (entry !== undefined) {
      entry.count++;
    } else {
      if (this.#topics.size >= maxSubscriptions) {
        throw socketError("sockets/bad-option", `subscription ${this.#topics.size + 1}`, `at most ${maxSubscriptions}`);
      }
      this.#topics.set(topic, { count: 1 });
    }
    // A second one is told as well: a verbose XPUB hears of it (zmtp §1.9).
    for (const pipe of this.pipes) this.#sendUp(pipe, subscription(1, topic));
  }

  /** Nothing happens when the topic was not subscribed to. */
  unsubscribe(topic: Uint8Array): void {
    const entry = this.#topics.get(topic);
    if (entry === undefined || --entry.count > 0) return;
    this.#topics.delete(topic);
    for (const pipe of this.pipes) this.#sendUp(pipe, subscription(0, topic));
  }

  override receive(): Message | undefined {
    for (let message = this.#queue.receive(); message !== undefined; message = this.#queue.receive()) {
      if (this.#isWanted(message)) return message;
    }
    return undefined;
  }

  override receiveBatch(maxMessages: number): Message[] {
    for (;;) {
      const messages = this.#queue.receiveBatch(maxMessages);
      if (messages.length === 0) return messages;
      const unwanted = messages.findIndex((message) => !this.#isWanted(message));
      if (unwanted < 0) return messages;
      const wanted = messages.filter((message) => this.#isWanted(message));
      if (wanted.length > 0) return wanted;
    }
  }

  /** Filtered here again: what was on its way when its topic ended is not delivered. */
  #isWanted(message: Message): boolean {
    return this.#topics.matches(message[0]!) !== this.#options.invertMatching;
  }

  #sendUp(pipe: Pipe, part: Uint8Array): void {
    const { link } = pipe;
    if (link?.takesMessages === true && pipe.outbox.size === 0) link.sendUpstream([part]);
    else if (pipe.peer !== undefined) pipe.write([part]);
    // To a peer that is not there nothing is sent: it hears all topics when it is ready.
    else if (link !== undefined && !pipe.forceUnsent([part])) {
      const error = peerError("sockets/unsent-bytes", `${pipe.outboxBytes} unsent octets`, "a peer that reads");
      this.services.terminate(pipe, error);
    }
  }
}

function subscription(first: 0 | 1, topic: Uint8Array): Uint8Array {
  const part = new Uint8Array(1 + topic.length);
  part[0] = first;
  part.set(topic, 1);
  return part;
}
