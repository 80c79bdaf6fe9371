import type { SocketHost } from "../../ports/socket_host.ts";
import { DuplexSocket } from "../duplex_socket.ts";
import { PairPattern } from "../patterns/pair_pattern.ts";
import type { PatternServices } from "../patterns/pattern.ts";
import type { PairOptions } from "../socket_options.ts";

/**
 * Talks to one peer; a second one is turned away.
 *
 * @example
 * ```ts
 * import { Pair } from "tidewire/zmtp";
 * const one = new Pair();
 * await one.bind("inproc://pair");
 * const other = new Pair();
 * other.connect("inproc://pair");
 * await other.send("hello");
 * console.log(new TextDecoder().decode((await one.receive())[0])); // hello
 * await Promise.all([one.close(), other.close()]);
 * ```
 */
export class Pair extends DuplexSocket {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(host: SocketHost, options: PairOptions = {}) {
    const createPattern = (services: PatternServices): PairPattern => new PairPattern(services);
    super(
      host,
      {
        type: "PAIR",
        name: "Pair",
        ownOptions: ["sendHighWaterMark", "sendTimeout", "receiveHighWaterMark", "receiveTimeout"],
        createPattern,
      },
      options,
    );
  }
}
