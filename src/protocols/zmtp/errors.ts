import { ProtocolError } from "../../core/protocol_error.ts";
import type { CurveFault } from "./curve_errors.ts";
import type { FrameSource } from "./frame_source.ts";
import { FLAG_COMMAND } from "./wire.ts";

/** What a peer can do wrong, besides what is CURVE's alone. */
export type ZmtpFault =
  | "old-version"
  | "bad-mechanism"
  | "mechanism-mismatch"
  | "unexpected-command"
  | "early-message"
  | "bad-metadata"
  | "metadata-too-large"
  | "bad-socket-type"
  | "unknown-socket-type"
  | "bad-identity"
  | "bad-hello"
  | "denied"
  | "peer-error"
  | "handshake-timeout"
  | "frame-too-large"
  | "message-too-large"
  | "too-many-frames"
  | "command-too-large"
  | "bad-frame"
  | "bad-length"
  | "bad-ping"
  | "silence"
  | "bad-command"
  | "truncated";

/** What the peer did wrong: every such fault ends the connection. */
export function zmtpError(
  what: ZmtpFault | `curve-${CurveFault}`,
  found: string,
  expected: string,
  offset?: number,
): ProtocolError {
  return new ProtocolError({
    code: `zmtp/${what}`,
    side: "remote",
    fatal: true,
    found,
    expected,
    ...(offset === undefined ? {} : { offset }),
  });
}

/** For the frame whose head declares more than the limit. */
export function tooLarge({ flags, declaredBytes, maxBodyBytes, offset }: FrameSource): ProtocolError {
  const isCommand = (flags & FLAG_COMMAND) !== 0;
  const found = `a ${isCommand ? "command" : "body"} of ${declaredBytes} octets`;
  return zmtpError(isCommand ? "command-too-large" : "frame-too-large", found, `at most ${maxBodyBytes}`, offset);
}

/** What the caller did wrong. */
export function localError(what: string, found: string, expected: string): ProtocolError {
  return new ProtocolError({ code: `zmtp/${what}`, side: "local", found, expected });
}

/** As rows and explanations name an error: `zmtp/frame-too-large` is FRAME_TOO_LARGE. */
export function errorNameOf({ code }: ProtocolError): string {
  return code
    .slice(code.indexOf("/") + 1)
    .toUpperCase()
    .replaceAll("-", "_");
}
