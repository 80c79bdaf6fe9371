import type { SocketHost } from "../../ports/socket_host.ts";
import { type PartLike, toBytes } from "../message_like.ts";
import { MAX_SUBSCRIPTIONS, MAX_TOPIC_BYTES } from "../open_socket.ts";
import { SubPattern } from "../patterns/sub_pattern.ts";
import { ReceivingSocket } from "../receiving_socket.ts";
import type { SubscriberOptions } from "../socket_options.ts";

/**
 * Receives what begins with a topic that it has subscribed to; nothing before it has.
 *
 * @example
 * ```ts
 * import { Publisher, Subscriber } from "tidewire/zmtp";
 * const subscriber = new Subscriber();
 * await subscriber.bind("inproc://subscriber");
 * subscriber.subscribe("log.", "trace.");
 * subscriber.unsubscribe("trace.");
 * const publisher = new Publisher();
 * publisher.connect("inproc://subscriber");
 * await publisher.send(["log.error", "disk full"]);
 * console.log((await subscriber.receive()).length); // 2
 * await Promise.all([publisher.close(), subscriber.close()]);
 * ```
 */
export class Subscriber extends ReceivingSocket {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(host: SocketHost, options: SubscriberOptions = {}) {
    const { invertMatching = false } = options;
    const { maxSubscriptions = MAX_SUBSCRIPTIONS, maxTopicBytes = MAX_TOPIC_BYTES } = options;
    super(
      host,
      {
        type: "SUB",
        name: "Subscriber",
        ownOptions: [
          "receiveHighWaterMark",
          "receiveTimeout",
          "conflate",
          "invertMatching",
          "maxSubscriptions",
          "maxTopicBytes",
        ],
        createPattern: (services) => new SubPattern(services, { invertMatching, maxSubscriptions, maxTopicBytes }),
      },
      options,
    );
  }

  /**
   * Receives from now on what begins with one of the topics; an empty one, or none, is everything.
   *
   * @throws ProtocolError `sockets/bad-option` beyond `maxSubscriptions` and `maxTopicBytes`
   */
  subscribe(...topics: readonly PartLike[]): void {
    const pattern = this.driver.engine.pattern as SubPattern;
    for (const topic of topics.length === 0 ? [""] : topics) pattern.subscribe(toBytes(topic));
    this.driver.turns.plan();
  }

  /** Takes back one `subscribe` of each topic; the last one ends it. */
  unsubscribe(...topics: readonly PartLike[]): void {
    const pattern = this.driver.engine.pattern as SubPattern;
    for (const topic of topics.length === 0 ? [""] : topics) pattern.unsubscribe(toBytes(topic));
    this.driver.turns.plan();
  }
}
