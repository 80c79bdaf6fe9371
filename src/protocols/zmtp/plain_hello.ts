import { dataOf } from "./commands.ts";
import { zmtpError } from "./errors.ts";
import type { FieldPlace } from "./field_place.ts";

/** Who a PLAIN client says it is: 0 to 255 octets each. */
export interface PlainHello {
  readonly username: Uint8Array;
  readonly password: Uint8Array;
}

/**
 * Reads the body of PLAIN's HELLO (zmtp §1.6).
 *
 * @param told an inspector's sink, and where the body stands in its frame; the password's value stays out of it
 * @throws ProtocolError `zmtp/bad-hello`
 */
export function decodeHello(command: Uint8Array, told?: FieldPlace): PlainHello {
  const data = dataOf(command);
  const passwordAt = 1 + (data[0] ?? 0);
  const end = passwordAt + 1 + (data[passwordAt] ?? 0);
  // zmtp §1.6: no trailing octets
  if (data.length < 2 || end !== data.length) {
    throw zmtpError("bad-hello", `a HELLO of ${command.length} octets`, "a user name and a password, and no more");
  }
  const username = data.slice(1, passwordAt);
  const password = data.slice(passwordAt + 1, end);
  if (told !== undefined) {
    const at = told.at + command.length - data.length;
    told.sink.field("username", username, at, passwordAt, "bytes");
    told.sink.field("password", `${password.length} octets`, at + passwordAt, 1 + password.length, "text");
  }
  return { username, password };
}
