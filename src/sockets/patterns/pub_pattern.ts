import type { ProtocolError } from "../../core/protocol_error.ts";
import type { Message } from "../../protocols/zmtp/session_types.ts";
import { FanOut } from "../fan_out.ts";
import type { Pipe } from "../pipe.ts";
import { peerError } from "../socket_error.ts";
import { TopicTree } from "../topic_tree.ts";
import { Pattern, type PatternServices } from "./pattern.ts";

/** What a PUB or XPUB is made with. */
export interface PubOptions {
  /** To those whose subscriptions do not match (`ZMQ_INVERT_MATCHING`). */
  readonly invertMatching: boolean;
  /** Wait while any matching peer is full, where else that peer goes without (`ZMQ_XPUB_NODROP`). */
  readonly noDrop: boolean;
  /** Sent to each new peer; nothing sends none (`ZMQ_XPUB_WELCOME_MSG`). */
  readonly welcomeMessage: Uint8Array | undefined;
  readonly maxSubscriptions: number;
  readonly maxTopicBytes: number;
}

/** One part of a message from a subscriber: `01 topic` or `00 topic` (zmtp §1.9). */
function isSubscription(part: Uint8Array): boolean {
  return part.length > 0 && part[0]! <= 1;
}

/** PUB: to all peers that have a subscription that the first part begins with (zmtp §2.1). */
export class PubPattern extends Pattern {
  /** Messages that peers went without because they were full, each peer's counted. */
  droppedMessages = 0;
  readonly socketType: "PUB" | "XPUB" = "PUB";
  protected readonly options: PubOptions;
  protected readonly topics: TopicTree<Pipe[]> = new TopicTree();
  readonly #fanOut: FanOut = new FanOut();
  readonly #pipes: Set<Pipe> = new Set();
  readonly #found: Pipe[][] = [];
  #matching: Pipe[] = [];
  #stamp = 0;

  constructor(services: PatternServices, options: PubOptions) {
    super(services);
    this.options = options;
  }

  attach(pipe: Pipe): ProtocolError | undefined {
    this.#pipes.add(pipe);
    return undefined;
  }

  override ready(pipe: Pipe): void {
    if (this.options.welcomeMessage !== undefined) pipe.write([this.options.welcomeMessage]);
  }

  /** A subscriber that comes back says anew what it wants. */
  override lost(pipe: Pipe): void {
    this.forgetTopics(pipe);
  }

  protected detach(pipe: Pipe): void {
    this.#pipes.delete(pipe);
    this.forgetTopics(pipe);
    this.becameWritable = true;
  }

  /** Subscriptions take effect when they come in, and messages are not kept: there is always room. */
  override roomOf(_pipe: Pipe): number {
    return Number.MAX_SAFE_INTEGER;
  }

  arrived(pipe: Pipe, messages: Message[]): void {
    for (const message of messages) if (!pipe.isEnding) this.takeMessage(pipe, message);
  }

  override send(message: Message): boolean {
    const matching = this.#match(message[0]!);
    if (this.options.noDrop && !this.#haveRoom(matching)) return false;
    if (matching.length > 0) this.droppedMessages += this.#fanOut.send(message, matching);
    return true;
  }

  protected takeMessage(pipe: Pipe, message: Message): void {
    for (const part of message) if (isSubscription(part)) this.takeSubscription(pipe, part);
  }

  protected takeSubscription(pipe: Pipe, part: Uint8Array): void {
    const topic = part.subarray(1);
    if (part[0] === 1) this.addTopic(pipe, topic);
    else this.removeTopic(pipe, topic);
  }

  /** Whether a topic may be kept for a peer; a peer that asks for too much is disconnected. */
  protected allows(pipe: Pipe, topic: Uint8Array): boolean {
    const { maxSubscriptions, maxTopicBytes } = this.options;
    if (topic.length > maxTopicBytes) {
      const found = `a topic of ${topic.length} octets`;
      this.services.terminate(pipe, peerError("sockets/topic-too-long", found, `at most ${maxTopicBytes}`));
      return false;
    }
    if (pipe.topics >= maxSubscriptions) {
      const found = `subscription ${pipe.topics + 1} of a peer`;
      this.services.terminate(pipe, peerError("sockets/subscription-limit", found, `at most ${maxSubscriptions}`));
      return false;
    }
    return true;
  }

  /**
   * A set of peers for each topic, as libzmq has it: a second subscription changes nothing (zmtp §1.9).
   *
   * @returns whether nobody had the topic before
   */
  protected addTopic(pipe: Pipe, topic: Uint8Array): boolean {
    const pipes = this.topics.get(topic);
    if (pipes?.includes(pipe) === true || !this.allows(pipe, topic)) return false;
    pipe.topics++;
    if (pipes === undefined) this.topics.set(topic, [pipe]);
    else pipes.push(pipe);
    return pipes === undefined;
  }

  /** @returns whether others still have the topic */
  protected removeTopic(pipe: Pipe, topic: Uint8Array): boolean {
    const pipes = this.topics.get(topic);
    const at = pipes?.indexOf(pipe) ?? -1;
    if (pipes === undefined || at < 0) return pipes !== undefined;
    pipe.topics--;
    pipes[at] = pipes.at(-1)!;
    pipes.pop();
    if (pipes.length === 0) this.topics.delete(topic);
    return pipes.length > 0;
  }

  /** @returns the topics that the pipe had, and whether others still have them */
  protected forgetTopics(pipe: Pipe): { topic: Uint8Array; isLeft: boolean }[] {
    if (pipe.topics === 0) return [];
    const had = this.topics.entries().filter(({ value }) => value.includes(pipe));
    return had.map(({ topic }) => ({ topic, isLeft: this.removeTopic(pipe, topic) }));
  }

  /** Pipes that a message goes to; each once, however many of its topics match. */
  #match(first: Uint8Array): Pipe[] {
    const stamp = ++this.#stamp;
    const found = this.#found;
    found.length = 0;
    this.topics.matchInto(first, found);
    // One topic, no inversion: its own list is the answer.
    if (found.length === 1 && !this.options.invertMatching) return found[0]!;
    const matching = this.#matching;
    matching.length = 0;
    for (const pipes of found) {
      for (const pipe of pipes) {
        if (pipe.stamp === stamp) continue;
        pipe.stamp = stamp;
        if (!this.options.invertMatching) matching.push(pipe);
      }
    }
    if (this.options.invertMatching) for (const pipe of this.#pipes) if (pipe.stamp !== stamp) matching.push(pipe);
    return matching;
  }

  #haveRoom(pipes: readonly Pipe[]): boolean {
    let haveRoom = true;
    for (const pipe of pipes) {
      if (pipe.hasRoom) continue;
      pipe.isFull = true;
      haveRoom = false;
    }
    return haveRoom;
  }
}
