import type { RoutingIdOptions } from "./socket_options.ts";

/** What a socket announces as its id; empty when it has none (zmtp §1.12). */
export function identityOf({ routingId }: RoutingIdOptions): Uint8Array {
  if (typeof routingId === "string") return new TextEncoder().encode(routingId);
  // What is neither bytes nor a text is refused with the other options.
  return routingId instanceof Uint8Array ? routingId.slice() : new Uint8Array(0);
}
