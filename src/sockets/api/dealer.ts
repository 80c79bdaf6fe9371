import type { SocketHost } from "../../ports/socket_host.ts";
import { DuplexSocket } from "../duplex_socket.ts";
import { DealerPattern } from "../patterns/dealer_pattern.ts";
import { identityOf } from "../routing_id.ts";
import type { DealerOptions } from "../socket_options.ts";

/**
 * Sends to the next peer that has room, receives from each in turn; many requests may be on their way at once.
 *
 * @example
 * ```ts
 * import { Dealer, Router } from "tidewire/zmtp";
 * const router = new Router();
 * await router.bind("inproc://dealer");
 * const dealer = new Dealer({ routingId: "worker-1" });
 * dealer.connect("inproc://dealer");
 * await dealer.sendBatch(["one", "two"]);
 * const [id, body] = await router.receive();
 * await router.send([id!, body!]);
 * console.log(new TextDecoder().decode((await dealer.receive())[0])); // one
 * await Promise.all([dealer.close(), router.close()]);
 * ```
 */
export class Dealer extends DuplexSocket {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(host: SocketHost, options: DealerOptions = {}) {
    const { probeRouter = false } = options;
    const routingId = identityOf(options);
    super(
      host,
      {
        type: "DEALER",
        name: "Dealer",
        ownOptions: [
          "sendHighWaterMark",
          "sendTimeout",
          "receiveHighWaterMark",
          "receiveTimeout",
          "routingId",
          "probeRouter",
          "conflate",
        ],
        identity: routingId,
        createPattern: (services) => new DealerPattern(services, { routingId, probeRouter }),
      },
      options,
    );
  }
}
