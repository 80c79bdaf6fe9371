import { ProtocolError } from "../core/protocol_error.ts";

/** What a socket tells its user by the code of a {@linkcode ProtocolError}, and the errno of libzmq for it. */
export type SocketErrorCode =
  /** EAGAIN: nothing can be sent or received now. */
  | "sockets/would-block"
  /** EAGAIN after `sendTimeout` or `receiveTimeout`. */
  | "sockets/timed-out"
  /** EHOSTUNREACH: a mandatory ROUTER knows no peer of that routing id. */
  | "sockets/host-unreachable"
  /** EFSM: REQ and REP take turns. */
  | "sockets/wrong-state"
  /** ETERM, ENOTSOCK: the socket is closed or closing. */
  | "sockets/closed"
  /** More calls wait than the limits allow. */
  | "sockets/too-many-waiting"
  /** EBUSY: another consumer takes the messages. */
  | "sockets/busy"
  /** EINVAL. */
  | "sockets/bad-endpoint"
  | "sockets/bad-option"
  | "sockets/bad-message"
  /** EPROTONOSUPPORT: the host has no such transport. */
  | "sockets/no-transport"
  /** EADDRINUSE and whatever else a bind fails of. */
  | "sockets/bind-failed"
  /** ENOENT: nothing is bound there or connected to there. */
  | "sockets/unknown-endpoint";

/** A fault of the caller, or of the moment. */
export function socketError(code: SocketErrorCode, found: string, expected: string): ProtocolError {
  return new ProtocolError({ code, side: "local", found, expected });
}

/** A peer that goes beyond a limit, or that this socket can't take: its connection ends. */
export function peerError(code: string, found: string, expected: string): ProtocolError {
  return new ProtocolError({ code, side: "remote", fatal: true, found, expected });
}

/** Whether an error is one of a socket's, of that code. */
export function isSocketError(error: unknown, code: SocketErrorCode): boolean {
  return error instanceof ProtocolError && error.code === code;
}
