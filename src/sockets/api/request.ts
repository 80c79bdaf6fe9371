import type { SocketHost } from "../../ports/socket_host.ts";
import { DuplexSocket } from "../duplex_socket.ts";
import { ReqPattern } from "../patterns/req_pattern.ts";
import { identityOf } from "../routing_id.ts";
import type { RequestOptions } from "../socket_options.ts";

/**
 * Sends a request, then receives its reply, in turn; requests go to one peer after the other.
 *
 * @example
 * ```ts
 * import { Reply, Request } from "tidewire/zmtp";
 * const reply = new Reply();
 * await reply.bind("inproc://request");
 * const request = new Request({ correlate: true });
 * request.connect("inproc://request");
 * await request.send("time?");
 * await reply.receive();
 * await reply.send("noon");
 * console.log(new TextDecoder().decode((await request.receive())[0])); // noon
 * await Promise.all([request.close(), reply.close()]);
 * ```
 */
export class Request extends DuplexSocket {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(host: SocketHost, options: RequestOptions = {}) {
    const { probeRouter = false, correlate = false, relaxed = false } = options;
    const routingId = identityOf(options);
    super(
      host,
      {
        type: "REQ",
        name: "Request",
        ownOptions: [
          "sendHighWaterMark",
          "sendTimeout",
          "receiveHighWaterMark",
          "receiveTimeout",
          "routingId",
          "probeRouter",
          "correlate",
          "relaxed",
        ],
        identity: routingId,
        createPattern: (services) => new ReqPattern(services, { routingId, probeRouter, correlate, relaxed }),
      },
      options,
    );
  }
}
