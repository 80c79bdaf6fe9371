import type { SocketHost } from "../../ports/socket_host.ts";
import { DuplexSocket } from "../duplex_socket.ts";
import type { PatternServices } from "../patterns/pattern.ts";
import { RepPattern } from "../patterns/rep_pattern.ts";
import type { ReplyOptions } from "../socket_options.ts";

/**
 * Receives a request, then sends its reply, in turn.
 *
 * @example
 * ```ts
 * import { Reply, Request } from "tidewire/zmtp";
 * const reply = new Reply();
 * await reply.bind("inproc://reply");
 * const request = new Request();
 * request.connect("inproc://reply");
 * await request.send("4 + 4");
 * await reply.receive();
 * await reply.send("8");
 * console.log(new TextDecoder().decode((await request.receive())[0])); // 8
 * await Promise.all([request.close(), reply.close()]);
 * ```
 */
export class Reply extends DuplexSocket {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(host: SocketHost, options: ReplyOptions = {}) {
    const createPattern = (services: PatternServices): RepPattern => new RepPattern(services);
    super(
      host,
      {
        type: "REP",
        name: "Reply",
        ownOptions: ["sendHighWaterMark", "sendTimeout", "receiveHighWaterMark", "receiveTimeout"],
        createPattern,
      },
      options,
    );
  }
}
