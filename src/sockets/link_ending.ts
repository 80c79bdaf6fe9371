import type { ProtocolError } from "../core/protocol_error.ts";
import type { FailureKind } from "../protocols/zmtp/mechanism.ts";
import { peerError } from "./socket_error.ts";
import type { SocketEvent } from "./socket_events.ts";

/** How a connection came to its end. */
export interface LinkEnding {
  readonly reason: string;
  readonly error?: ProtocolError;
  readonly kind?: FailureKind;
}

/** What is told of a connection that was open and has ended. */
export function endingEvent(address: string, wasReady: boolean, { reason, error, kind }: LinkEnding): SocketEvent {
  if (wasReady) return { type: "disconnect", address, reason, ...(error === undefined ? {} : { error }) };
  const why = error ?? peerError("sockets/handshake-ended", reason, "a handshake to its end");
  const what = kind === "auth" || kind === "protocol" ? kind : "other";
  return { type: `handshake:error:${what}`, address, error: why };
}
