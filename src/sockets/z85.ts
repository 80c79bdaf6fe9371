import { ProtocolError } from "../core/protocol_error.ts";

/** RFC 32: 85 printable characters, none of which needs escaping in a shell or a source text. */
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
const MAX_U32 = 0xffff_ffff;

/**
 * Bytes as Z85 text (RFC 32): five characters for four bytes, so that a 32-byte key is 40 characters.
 *
 * @param bytes their number must be a multiple of 4
 * @throws ProtocolError `z85/wrong-size` (local)
 * @example
 * ```ts
 * import { z85Encode } from "tidewire/zmtp";
 * z85Encode(new Uint8Array([0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b])); // "HelloWorld"
 * ```
 */
export function z85Encode(bytes: Uint8Array): string {
  if (bytes.length % 4 !== 0) {
    throw z85Error("wrong-size", `${bytes.length} bytes`, "a multiple of 4 bytes");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const word = view.getUint32(at);
    for (let power = 85 ** 4; power >= 1; power /= 85) text += DIGITS[Math.floor(word / power) % 85];
  }
  return text;
}

/**
 * The bytes of a Z85 text (RFC 32). What is wrong is said by its place only: the text may be a secret key.
 *
 * @param text its length must be a multiple of 5
 * @throws ProtocolError `z85/wrong-size`, `z85/unknown-character`, `z85/overflow` (local)
 * @example
 * ```ts
 * import { z85Decode } from "tidewire/zmtp";
 * z85Decode("HelloWorld"); // Uint8Array [0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b]
 * ```
 */
export function z85Decode(text: string): Uint8Array {
  if (text.length % 5 !== 0) {
    throw z85Error("wrong-size", `${text.length} characters`, "a multiple of 5 characters");
  }
  const bytes = new Uint8Array((text.length / 5) * 4);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at += 5) {
    let word = 0;
    for (let i = at; i < at + 5; i++) {
      const digit = DIGITS.indexOf(text[i]!);
      if (digit < 0) throw z85Error("unknown-character", "a character that is not Z85", "one of the 85 of RFC 32", i);
      word = word * 85 + digit;
    }
    if (word > MAX_U32) throw z85Error("overflow", "a group over 32 bits", "at most %nSc0", at);
    view.setUint32((at / 5) * 4, word);
  }
  return bytes;
}

function z85Error(what: string, found: string, expected: string, offset?: number): ProtocolError {
  const where = offset === undefined ? {} : { offset };
  return new ProtocolError({ code: `z85/${what}`, side: "local", found, expected, ...where });
}
