/** The greeting of ZMTP 3 (zmtp §1.1). */
import type { FieldSink } from "../../core/mod.ts";
import { zmtpError } from "./errors.ts";
import type { MechanismName } from "./mechanism.ts";
import {
  AS_SERVER_AT,
  GREETING_BYTES,
  MAJOR,
  MAJOR_AT,
  MECHANISM_AT,
  MECHANISM_BYTES,
  MINOR,
  MINOR_AT,
  SIGNATURE_BYTES,
} from "./wire.ts";

/** What a whole greeting says. */
export interface Greeting {
  readonly major: number;
  readonly minor: number;
  /** ASCII, without its padding. */
  readonly mechanism: string;
}

/** Our greeting. The padding is what a peer of 1.0 needs to read it as the head of an identity frame (zmtp §1.14). */
export function encodeGreeting(mechanism: MechanismName, identityBytes: number): Uint8Array {
  const greeting = new Uint8Array(GREETING_BYTES);
  greeting[0] = 0xff;
  const padding = identityBytes + 1;
  greeting[7] = padding >>> 8;
  greeting[8] = padding & 0xff;
  greeting[9] = 0x7f;
  greeting[MAJOR_AT] = MAJOR;
  greeting[MINOR_AT] = MINOR;
  for (let i = 0; i < mechanism.length; i++) greeting[MECHANISM_AT + i] = mechanism.charCodeAt(i);
  // zmtp §1.1: as-server stays 0, as libzmq sends it; roles come from configuration.
  return greeting;
}

/** How a stream begins: `v3` as far as can be seen, `old` a peer of 2.0 or 1.0 (zmtp §1.14). */
export function kindOfStart(seen: Uint8Array): "short" | "v3" | "old" {
  if (seen.length === 0) return "short";
  if (seen[0] !== 0xff) return "old";
  if (seen.length < SIGNATURE_BYTES) return "short";
  if ((seen[SIGNATURE_BYTES - 1]! & 1) === 0) return "old";
  if (seen.length <= MAJOR_AT) return "short";
  // zmtp §1.10, trap 9: 1 and 2 mean 2.0
  return seen[MAJOR_AT]! < MAJOR ? "old" : "v3";
}

/**
 * Reads a whole greeting that begins as `v3`. Neither padding nor as-server nor filler is looked at.
 *
 * @throws ProtocolError `zmtp/bad-mechanism` for a name of other characters
 */
export function decodeGreeting(greeting: Uint8Array, sink?: FieldSink): Greeting {
  const field = greeting.subarray(MECHANISM_AT, MECHANISM_AT + MECHANISM_BYTES);
  const end = field.indexOf(0);
  const name = String.fromCharCode(...(end < 0 ? field : field.subarray(0, end)));
  if (sink !== undefined) tellGreeting(greeting, name, sink);
  const padding = end < 0 ? [] : field.subarray(end);
  if (!/^[A-Z0-9\-_.+]+$/.test(name) || padding.some((octet) => octet !== 0)) {
    const expected = "A-Z 0-9 - _ . + padded with zeros to 20 octets";
    throw zmtpError("bad-mechanism", `mechanism ${JSON.stringify(name)}`, expected, MECHANISM_AT);
  }
  return { major: greeting[MAJOR_AT]!, minor: greeting[MINOR_AT]!, mechanism: name };
}

function tellGreeting(greeting: Uint8Array, mechanism: string, sink: FieldSink): void {
  const fillerAt = AS_SERVER_AT + 1;
  sink.field("signature", greeting.slice(0, SIGNATURE_BYTES), 0, SIGNATURE_BYTES, "bytes");
  sink.field("versionMajor", greeting[MAJOR_AT]!, MAJOR_AT, 1, "u8");
  sink.field("versionMinor", greeting[MINOR_AT]!, MINOR_AT, 1, "u8");
  sink.field("mechanism", mechanism, MECHANISM_AT, MECHANISM_BYTES, "text");
  sink.field("asServer", greeting[AS_SERVER_AT]!, AS_SERVER_AT, 1, "u8");
  sink.field("filler", greeting.slice(fillerAt, GREETING_BYTES), fillerAt, GREETING_BYTES - fillerAt, "bytes");
}
