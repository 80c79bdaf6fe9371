import { ProtocolError } from "../../core/protocol_error.ts";

/** What the peer did wrong: every such fault ends the connection. */
export function zmtpError(what: string, found: string, expected: string, offset?: number): ProtocolError {
  return new ProtocolError({
    code: `zmtp/${what}`,
    side: "remote",
    fatal: true,
    found,
    expected,
    ...(offset === undefined ? {} : { offset }),
  });
}

/** What the caller did wrong. */
export function localError(what: string, found: string, expected: string): ProtocolError {
  return new ProtocolError({ code: `zmtp/${what}`, side: "local", found, expected });
}
