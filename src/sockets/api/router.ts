import type { SocketHost } from "../../ports/socket_host.ts";
import { DuplexSocket } from "../duplex_socket.ts";
import { RouterPattern } from "../patterns/router_pattern.ts";
import { identityOf } from "../routing_id.ts";
import type { RouterOptions } from "../socket_options.ts";

/**
 * Sends to the peer that the first part names; each message received begins with the id of its sender.
 *
 * @example
 * ```ts
 * import { Dealer, Router } from "tidewire/zmtp";
 * const router = new Router({ mandatory: true });
 * await router.bind("inproc://router");
 * const dealer = new Dealer();
 * dealer.connect("inproc://router");
 * await dealer.send("hello");
 * const [id] = await router.receive();
 * console.log(id!.length, id![0]); // 5 0
 * await router.send([id!, "welcome"]);
 * await Promise.all([dealer.close(), router.close()]);
 * ```
 */
export class Router extends DuplexSocket {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(host: SocketHost, options: RouterOptions = {}) {
    const { probeRouter = false, mandatory = false, handover = false } = options;
    const routingId = identityOf(options);
    super(
      host,
      {
        type: "ROUTER",
        name: "Router",
        ownOptions: [
          "sendHighWaterMark",
          "sendTimeout",
          "receiveHighWaterMark",
          "receiveTimeout",
          "routingId",
          "probeRouter",
          "mandatory",
          "handover",
        ],
        identity: routingId,
        createPattern: (services) => new RouterPattern(services, { routingId, probeRouter, mandatory, handover }),
      },
      options,
    );
  }
}
