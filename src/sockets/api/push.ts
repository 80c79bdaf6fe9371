import type { SocketHost } from "../../ports/socket_host.ts";
import type { PatternServices } from "../patterns/pattern.ts";
import { PushPattern } from "../patterns/push_pattern.ts";
import { SendingSocket } from "../sending_socket.ts";
import type { PushOptions } from "../socket_options.ts";

/**
 * Sends each message to the next peer that has room; waits while none has.
 *
 * @example
 * ```ts
 * import { Pull, Push } from "tidewire/zmtp";
 * const push = new Push();
 * await push.bind("inproc://push-jobs");
 * const pull = new Pull();
 * pull.connect("inproc://push-jobs");
 * await push.send(["job", "42"]);
 * console.log((await pull.receive()).length); // 2
 * await Promise.all([push.close(), pull.close()]);
 * ```
 */
export class Push extends SendingSocket {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(host: SocketHost, options: PushOptions = {}) {
    const createPattern = (services: PatternServices): PushPattern => new PushPattern(services);
    super(
      host,
      { type: "PUSH", name: "Push", ownOptions: ["sendHighWaterMark", "sendTimeout", "conflate"], createPattern },
      options,
    );
  }
}
