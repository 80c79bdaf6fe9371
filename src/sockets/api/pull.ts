import type { SocketHost } from "../../ports/socket_host.ts";
import type { PatternServices } from "../patterns/pattern.ts";
import { PullPattern } from "../patterns/pull_pattern.ts";
import { ReceivingSocket } from "../receiving_socket.ts";
import type { PullOptions } from "../socket_options.ts";

/**
 * Receives one message of each peer in turn.
 *
 * @example
 * ```ts
 * import { Pull, Push } from "tidewire/zmtp";
 * const pull = new Pull();
 * await pull.bind("inproc://pull-jobs");
 * const push = new Push();
 * push.connect("inproc://pull-jobs");
 * await push.sendBatch(["a", "b"]);
 * for await (const [part] of pull) if (new TextDecoder().decode(part) === "b") break;
 * await Promise.all([push.close(), pull.close()]);
 * ```
 */
export class Pull extends ReceivingSocket {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(host: SocketHost, options: PullOptions = {}) {
    const createPattern = (services: PatternServices): PullPattern => new PullPattern(services);
    super(
      host,
      { type: "PULL", name: "Pull", ownOptions: ["receiveHighWaterMark", "receiveTimeout", "conflate"], createPattern },
      options,
    );
  }
}
