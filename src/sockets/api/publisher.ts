import type { SocketHost } from "../../ports/socket_host.ts";
import { PubPattern } from "../patterns/pub_pattern.ts";
import { publisherLimits } from "../publisher_limits.ts";
import { SendingSocket } from "../sending_socket.ts";
import type { PublisherOptions } from "../socket_options.ts";

/**
 * Sends each message to all peers that have subscribed to a beginning of its first part. Peers that are full go without.
 *
 * @example
 * ```ts
 * import { Publisher, Subscriber } from "tidewire/zmtp";
 * const publisher = new Publisher();
 * await publisher.bind("inproc://publisher");
 * const subscriber = new Subscriber();
 * subscriber.subscribe("weather.");
 * subscriber.connect("inproc://publisher");
 * await publisher.sendBatch([["sport.", "0:0"], ["weather.oslo", "rain"]]);
 * console.log(new TextDecoder().decode((await subscriber.receive())[1])); // rain
 * await Promise.all([publisher.close(), subscriber.close()]);
 * ```
 */
export class Publisher extends SendingSocket {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(host: SocketHost, options: PublisherOptions = {}) {
    const { invertMatching = false, noDrop = false } = options;
    super(
      host,
      {
        type: "PUB",
        name: "Publisher",
        ownOptions: [
          "sendHighWaterMark",
          "sendTimeout",
          "conflate",
          "invertMatching",
          "noDrop",
          "maxSubscriptions",
          "maxTopicBytes",
        ],
        createPattern: (services) =>
          new PubPattern(services, {
            invertMatching,
            noDrop,
            welcomeMessage: undefined,
            ...publisherLimits(options),
          }),
      },
      options,
    );
  }

  /** Messages that peers went without because they were full, each peer's counted. */
  get droppedMessages(): number {
    return (this.driver.engine.pattern as PubPattern).droppedMessages;
  }
}
