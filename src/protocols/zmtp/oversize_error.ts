import type { ProtocolError } from "../../core/protocol_error.ts";
import { zmtpError } from "./errors.ts";
import type { FrameSource } from "./frame_source.ts";
import { FLAG_COMMAND } from "./wire.ts";

/** What ends a session whose frames have come to one that is too large: a command has a limit of its own. */
export function oversizeError({ flags, declaredBytes, maxBodyBytes, offset }: FrameSource): ProtocolError {
  const isCommand = (flags & FLAG_COMMAND) !== 0;
  const found = `${isCommand ? "a command" : "a body"} of ${declaredBytes} octets`;
  return zmtpError(isCommand ? "command-too-large" : "frame-too-large", found, `at most ${maxBodyBytes}`, offset);
}
