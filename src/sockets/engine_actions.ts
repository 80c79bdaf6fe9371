import type { ProtocolError } from "../core/protocol_error.ts";
import type { Endpoint } from "../ports/socket_host.ts";
import type { AuthenticateRequest } from "../protocols/zmtp/mechanism.ts";
import type { SocketEvent } from "./socket_events.ts";

/**
 * What an engine asks of its driver. A link id names one connection, or one attempt to have one, and is never used again: what a
 * driver says of a link that is gone touches nothing (that is all there is to epochs).
 */
export type EngineAction =
  /** Then say `opened` or `closed`. */
  | { readonly type: "dial"; readonly linkId: number; readonly endpoint: Endpoint }
  /** Then say `listening` or `listenerClosed`. */
  | { readonly type: "listen"; readonly listenerId: number; readonly endpoint: Endpoint }
  /** Then say `listenerClosed`. */
  | { readonly type: "closeListener"; readonly listenerId: number }
  /** Write the output first. The engine has forgotten the link: nothing needs to be said of it any more. */
  | { readonly type: "closeLink"; readonly linkId: number; readonly output: readonly Uint8Array[] }
  | { readonly type: "destroyLink"; readonly linkId: number }
  | { readonly type: "pause" | "resume"; readonly linkId: number }
  /** Ask, then say `decide`. */
  | { readonly type: "authenticate"; readonly linkId: number; readonly caller: AuthenticateCaller }
  | { readonly type: "event"; readonly event: SocketEvent }
  /** A bind came to something. */
  | { readonly type: "bound"; readonly listenerId: number; readonly address: string }
  | { readonly type: "bindFailed"; readonly listenerId: number; readonly error: ProtocolError }
  | { readonly type: "unbound"; readonly listenerId: number }
  /** The end. Nothing comes after it. */
  | { readonly type: "finished"; readonly unsentMessages: number };

/** Who wants in (zmtp §1.16). */
export interface AuthenticateCaller {
  readonly request: AuthenticateRequest;
  /** The peer's IP address or Unix path. */
  readonly peerAddress: string;
  /** The endpoint that it came to. */
  readonly address: string;
}
