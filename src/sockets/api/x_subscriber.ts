import type { SocketHost } from "../../ports/socket_host.ts";
import { DuplexSocket } from "../duplex_socket.ts";
import { MAX_SUBSCRIPTIONS, MAX_TOPIC_BYTES } from "../open_socket.ts";
import { XsubPattern } from "../patterns/xsub_pattern.ts";
import type { XSubscriberOptions } from "../socket_options.ts";

/**
 * As `Subscriber`, and sends to its publishers: `01 topic` and `00 topic` are subscriptions, all else are messages.
 *
 * @example
 * ```ts
 * import { Publisher, XSubscriber } from "tidewire/zmtp";
 * const publisher = new Publisher();
 * await publisher.bind("inproc://x-subscriber");
 * const subscriber = new XSubscriber();
 * subscriber.connect("inproc://x-subscriber");
 * await subscriber.send(new Uint8Array([1, 65])); // subscribes to "A"
 * await publisher.send("AB");
 * console.log(new TextDecoder().decode((await subscriber.receive())[0])); // AB
 * await Promise.all([publisher.close(), subscriber.close()]);
 * ```
 */
export class XSubscriber extends DuplexSocket {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(host: SocketHost, options: XSubscriberOptions = {}) {
    const { invertMatching = false } = options;
    const { maxSubscriptions = MAX_SUBSCRIPTIONS, maxTopicBytes = MAX_TOPIC_BYTES } = options;
    super(
      host,
      {
        type: "XSUB",
        name: "XSubscriber",
        ownOptions: [
          "sendHighWaterMark",
          "sendTimeout",
          "receiveHighWaterMark",
          "receiveTimeout",
          "invertMatching",
          "maxSubscriptions",
          "maxTopicBytes",
        ],
        createPattern: (services) => new XsubPattern(services, { invertMatching, maxSubscriptions, maxTopicBytes }),
      },
      // As libzmq: subscriptions need not outlive their socket.
      { linger: 0, ...options },
    );
  }
}
