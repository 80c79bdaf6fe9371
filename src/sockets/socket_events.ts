import type { ProtocolError } from "../core/protocol_error.ts";
import type { PeerInfo } from "../protocols/zmtp/session_types.ts";

/** What a socket tells of its connections: the monitor events of libzmq (zmtp §2.2) by the names of `zeromq` 6. */
export type SocketEvent =
  | { readonly type: "bind"; readonly address: string }
  | { readonly type: "bind:error"; readonly address: string; readonly error: ProtocolError }
  /** A bound endpoint is closed. */
  | { readonly type: "close"; readonly address: string }
  | { readonly type: "accept"; readonly address: string; readonly peerAddress: string }
  /** A peer was turned away, or could not be taken in. */
  | { readonly type: "accept:error"; readonly address: string; readonly error: ProtocolError }
  /** A dial has begun. */
  | { readonly type: "connect:delay"; readonly address: string }
  /** Connected; the handshake begins. */
  | { readonly type: "connect"; readonly address: string }
  /** The next dial begins after `intervalMs`. */
  | { readonly type: "connect:retry"; readonly address: string; readonly intervalMs: number; readonly reason: string }
  /** No more dials: `reconnectStop` or `reconnectInterval: -1` say so. */
  | { readonly type: "connect:stop"; readonly address: string; readonly reason: string }
  | { readonly type: "handshake"; readonly address: string; readonly peer: PeerInfo }
  /** The peer broke the rules; the connection is closed. */
  | { readonly type: "handshake:error:protocol"; readonly address: string; readonly error: ProtocolError }
  /** Someone was not let in, by this side or by the other. */
  | { readonly type: "handshake:error:auth"; readonly address: string; readonly error: ProtocolError }
  /** The connection ended, or time ran out, before the handshake was done. */
  | { readonly type: "handshake:error:other"; readonly address: string; readonly error: ProtocolError }
  /** A connection has ended whose handshake was done. */
  | { readonly type: "disconnect"; readonly address: string; readonly reason: string; readonly error?: ProtocolError }
  /** The last one: the socket is closed. */
  | { readonly type: "end" };
