import type { ProtocolError } from "../../core/protocol_error.ts";
import { zmtpError } from "./errors.ts";

/** What can be wrong with a CURVE peer, besides what all mechanisms have in common. */
export type CurveFault =
  | "bad-size"
  | "version-unsupported"
  | "wrong-server-key"
  | "weak-key"
  | "bad-cookie"
  | "bad-initiate"
  | "bad-vouch"
  | "bad-ready"
  | "not-a-message"
  | "replayed-nonce"
  | "bad-tag";

/** The error for what a peer sent: the connection can't go on. Codes are `zmtp/curve-…`. */
export function curveError(fault: CurveFault, found: string, expected: string, offset?: number): ProtocolError {
  return zmtpError(`curve-${fault}`, found, expected, offset);
}

/** The error for a command of the wrong length. */
export function wrongLength(name: string, found: number, expected: string): ProtocolError {
  return curveError("bad-size", `${name} of ${found} bytes`, `${expected} bytes`);
}
