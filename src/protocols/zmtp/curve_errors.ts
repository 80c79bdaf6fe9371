import { ProtocolError } from "../../core/mod.ts";

/** What can be wrong with a CURVE peer. */
export type CurveFault =
  | "unexpected-command"
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
  | "bad-tag"
  | "denied";

/** The error for what a peer sent: the connection can't go on. Codes are `zmtp/curve-…`. */
export function curveError(fault: CurveFault, found: string, expected: string, offset?: number): ProtocolError {
  const where = offset === undefined ? {} : { offset };
  return new ProtocolError({ code: `zmtp/curve-${fault}`, side: "remote", fatal: true, found, expected, ...where });
}

/** The error for a command in the wrong place. Only the start of its name is shown: the rest is the peer's to choose. */
export function unexpectedCommand(command: Uint8Array, expected: string): ProtocolError {
  const length = Math.min(command[0] ?? 0, command.length - 1, 9);
  const name = Array.from(command.subarray(1, 1 + length), (byte) =>
    byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "?",
  ).join("");
  return curveError("unexpected-command", name === "" ? "a command without a name" : `a command ${name}`, expected, 0);
}

/** The error for a command of the wrong length. */
export function wrongLength(name: string, found: number, expected: string): ProtocolError {
  return curveError("bad-size", `${name} of ${found} bytes`, `${expected} bytes`);
}
