import type { Message } from "../../protocols/zmtp/session_types.ts";
import type { Pipe } from "../pipe.ts";
import { socketError } from "../socket_error.ts";
import { TopicTree } from "../topic_tree.ts";
import type { PatternServices } from "./pattern.ts";
import { type PubOptions, PubPattern } from "./pub_pattern.ts";

/** What an XPUB is made with. */
export interface XpubOptions extends PubOptions {
  /** Which subscriptions the application hears of: first and last of a topic, all, or all and all that end (zmtp §2.1). */
  readonly verbosity: "changes" | "allSubs" | "allSubsUnsubs";
  /** The application subscribes for its peers (`ZMQ_XPUB_MANUAL`). */
  readonly manual: boolean;
  /** Later parts of a message are subscriptions only if its first part is one (`ZMQ_ONLY_FIRST_SUBSCRIBE`). */
  readonly onlyFirstSubscribe: boolean;
}

/** What waits for an application that does not read: as many as a peer may have topics; then news is dropped, not kept. */
const MAX_UNREAD = 100_000;

/** XPUB: as PUB, and the application hears who subscribes to what, and what its subscribers send (zmtp §2.1). */
export class XpubPattern extends PubPattern {
  override readonly socketType = "XPUB";
  readonly #options: XpubOptions;
  #unread: { pipe: Pipe; message: Message }[] = [];
  #readAt = 0;
  /** Who sent what was read last: manual subscriptions are its. */
  #last: Pipe | undefined;
  /** What peers asked for in manual mode, to be told when they go. */
  readonly #asked: TopicTree<Set<Pipe>> = new TopicTree();

  constructor(services: PatternServices, options: XpubOptions) {
    super(services, options);
    this.#options = options;
  }

  override receive(): Message | undefined {
    const next = this.#unread[this.#readAt];
    if (next === undefined) return undefined;
    if (++this.#readAt === this.#unread.length) {
      this.#unread = [];
      this.#readAt = 0;
    }
    this.#last = next.pipe;
    return next.message;
  }

  /**
   * Manual mode: subscribes, or unsubscribes, the peer whose message was read last.
   *
   * @throws ProtocolError `sockets/wrong-state`
   */
  subscribeLast(topic: Uint8Array, isSubscribed: boolean): void {
    const pipe = this.#last;
    if (!this.#options.manual || pipe === undefined) {
      const found = this.#options.manual ? "no message read yet" : "a socket that is not manual";
      throw socketError("sockets/wrong-state", found, "manual mode, and a subscription read");
    }
    if (pipe.isEnding) return;
    if (isSubscribed) this.addTopic(pipe, topic);
    else this.removeTopic(pipe, topic);
  }

  protected override takeMessage(pipe: Pipe, message: Message): void {
    const rest: Message = [];
    const firstIs = message[0]!.length > 0 && message[0]![0]! <= 1;
    const looksAtAll = !this.#options.onlyFirstSubscribe || firstIs;
    for (let i = 0; i < message.length; i++) {
      const part = message[i]!;
      if ((i === 0 || looksAtAll) && part.length > 0 && part[0]! <= 1) this.takeSubscription(pipe, part);
      else rest.push(part);
      if (pipe.isEnding) return;
    }
    if (rest.length > 0) this.#tell(pipe, rest);
  }

  protected override takeSubscription(pipe: Pipe, part: Uint8Array): void {
    const topic = part.subarray(1);
    const isSubscribe = part[0] === 1;
    if (this.#options.manual) {
      if (this.#ask(pipe, topic, isSubscribe)) this.#tell(pipe, [part.slice()]);
      return;
    }
    const { verbosity } = this.#options;
    // A cancel of what nobody has is told as well, as libzmq does (zmtp §1.10, trap 10).
    const isNews = isSubscribe
      ? this.addTopic(pipe, topic) || verbosity !== "changes"
      : !this.removeTopic(pipe, topic) || verbosity === "allSubsUnsubs";
    if (isNews && !pipe.isEnding) this.#tell(pipe, [part.slice()]);
  }

  protected override forgetTopics(pipe: Pipe): { topic: Uint8Array; isLeft: boolean }[] {
    const had = super.forgetTopics(pipe);
    if (this.#options.manual) this.#forgetAsked(pipe);
    else {
      for (const { topic, isLeft } of had) {
        if (!isLeft || this.#options.verbosity === "allSubsUnsubs") this.#tell(pipe, [cancelOf(topic)]);
      }
    }
    return had;
  }

  #ask(pipe: Pipe, topic: Uint8Array, isSubscribe: boolean): boolean {
    const pipes = this.#asked.get(topic);
    if (isSubscribe) {
      if (!this.allows(pipe, topic)) return false;
      if (pipes === undefined) this.#asked.set(topic, new Set([pipe]));
      else pipes.add(pipe);
    } else if (pipes?.delete(pipe) === true && pipes.size === 0) {
      this.#asked.delete(topic);
    }
    return true;
  }

  #forgetAsked(pipe: Pipe): void {
    for (const { topic, value } of this.#asked.entries()) {
      if (!value.delete(pipe)) continue;
      if (value.size > 0) continue;
      this.#asked.delete(topic);
      this.#tell(pipe, [cancelOf(topic)]);
    }
  }

  #tell(pipe: Pipe, message: Message): void {
    if (this.#unread.length - this.#readAt < MAX_UNREAD) this.#unread.push({ pipe, message });
  }
}

function cancelOf(topic: Uint8Array): Uint8Array {
  const part = new Uint8Array(1 + topic.length);
  part.set(topic, 1);
  return part;
}
