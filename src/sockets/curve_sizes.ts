import { ProtocolError } from "../core/protocol_error.ts";

/** Bytes of a key, public, secret or shared. */
export const KEY_BYTES = 32;
/** Bytes of a nonce. */
export const NONCE_BYTES = 24;
/** Bytes of a tag, which stands before what it seals. */
export const TAG_BYTES = 16;

/** Refuses a key, nonce or box that has not the size it must have, before a library throws an error of its own. */
export function expectBytes(what: string, bytes: Uint8Array, expected: number): void {
  if (bytes.length !== expected) throw wrongSize(what, bytes.length, `${expected} bytes`);
}

/** Refuses a box without room for a tag. */
export function expectTagRoom(box: Uint8Array): void {
  if (box.length < TAG_BYTES) throw wrongSize("a box", box.length, `${TAG_BYTES} bytes or more`);
}

function wrongSize(what: string, length: number, expected: string): ProtocolError {
  return new ProtocolError({ code: "curve/wrong-size", side: "local", found: `${what} of ${length} bytes`, expected });
}
