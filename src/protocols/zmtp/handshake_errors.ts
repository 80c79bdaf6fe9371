import type { ProtocolError } from "../../core/protocol_error.ts";
import { zmtpError } from "./errors.ts";
import type { AuthenticateDecision } from "./mechanism.ts";

/** zmtp §1.3: inside the handshake commands that nobody waits for are fatal */
export function unexpectedCommand(found: string, expected: string): ProtocolError {
  return zmtpError("unexpected-command", found, expected);
}

/** This side did not let the peer in (zmtp §1.16). */
export function deniedError({ status, text }: AuthenticateDecision): ProtocolError {
  return zmtpError(
    "denied",
    `a peer answered with ${status}${text === "" ? "" : ` (${text})`}`,
    "one that may come in",
  );
}
