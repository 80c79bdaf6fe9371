import { toBytes } from "./message_like.ts";
import type { RoutingIdOptions } from "./socket_options.ts";

/** What a socket announces as its id; empty when it has none (zmtp §1.12). */
export function identityOf(options: RoutingIdOptions): Uint8Array {
  // What is no text or bytes is refused with the other options.
  return options.routingId === undefined ? new Uint8Array(0) : toBytes(options.routingId).slice();
}
