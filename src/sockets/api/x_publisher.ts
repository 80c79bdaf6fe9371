import type { SocketHost } from "../../ports/socket_host.ts";
import { DuplexSocket } from "../duplex_socket.ts";
import { type PartLike, toBytes } from "../message_like.ts";
import { XpubPattern } from "../patterns/xpub_pattern.ts";
import { publisherLimits } from "../publisher_limits.ts";
import type { XPublisherOptions } from "../socket_options.ts";

/**
 * As `Publisher`, and receives what its subscribers ask for: `01 topic`, `00 topic`, and messages of theirs.
 *
 * @example
 * ```ts
 * import { Subscriber, XPublisher } from "tidewire/zmtp";
 * const publisher = new XPublisher();
 * await publisher.bind("inproc://x-publisher");
 * const subscriber = new Subscriber();
 * subscriber.connect("inproc://x-publisher");
 * subscriber.subscribe("A");
 * console.log((await publisher.receive())[0]); // Uint8Array [ 1, 65 ]
 * await Promise.all([publisher.close(), subscriber.close()]);
 * ```
 */
export class XPublisher extends DuplexSocket {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(host: SocketHost, options: XPublisherOptions = {}) {
    const { invertMatching = false, noDrop = false, manual = false, onlyFirstSubscribe = false } = options;
    const { verbosity, welcomeMessage = null } = options;
    super(
      host,
      {
        type: "XPUB",
        name: "XPublisher",
        // biome-ignore format: a list of names reads best in a row
        ownOptions: [
          "sendHighWaterMark", "sendTimeout", "receiveHighWaterMark", "receiveTimeout", "invertMatching", "noDrop", "verbosity",
          "manual", "welcomeMessage", "onlyFirstSubscribe", "maxSubscriptions", "maxTopicBytes",
        ],
        createPattern: (services) =>
          new XpubPattern(services, {
            invertMatching,
            noDrop,
            manual,
            onlyFirstSubscribe,
            verbosity: verbosity ?? "changes",
            welcomeMessage: welcomeMessage === null ? undefined : toBytes(welcomeMessage),
            ...publisherLimits(options),
          }),
      },
      options,
    );
  }

  /**
   * With `manual`: subscribes the peer whose message was received last.
   *
   * @throws ProtocolError `sockets/wrong-state`
   */
  subscribe(...topics: readonly PartLike[]): void {
    for (const topic of topics) this.#pattern.subscribeLast(toBytes(topic), true);
  }

  /** The opposite of `subscribe`. */
  unsubscribe(...topics: readonly PartLike[]): void {
    for (const topic of topics) this.#pattern.subscribeLast(toBytes(topic), false);
  }

  /** As `Publisher.droppedMessages`. */
  get droppedMessages(): number {
    return this.#pattern.droppedMessages;
  }

  get #pattern(): XpubPattern {
    return this.driver.engine.pattern as XpubPattern;
  }
}
