/** Bytes written as digits: what people paste. */
import { ProtocolError } from "../core/mod.ts";
import type { CaptureSource } from "../ports/capture_source.ts";

/** How bytes are written. */
export type DigitKind = "hex" | "base64";

/** Text that is decoded as a whole; what is larger than this nobody pastes, and it would be held in memory. */
export const MAX_DIGIT_TEXT_BYTES = 67_108_864;

const NO_DIGIT = 255;
const PASSED_OVER = 254;
const PADDING = 253;

const HEX: Uint8Array = alphabet("0123456789abcdef", " \t\r\n:-,");
for (const [i, letter] of [..."ABCDEF"].entries()) HEX[letter.charCodeAt(0)] = 10 + i;
const BASE64: Uint8Array = alphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", " \t\r\n");
// RFC 4648 §5: the form for addresses of the web.
BASE64["-".charCodeAt(0)] = 62;
BASE64["_".charCodeAt(0)] = 63;
BASE64["=".charCodeAt(0)] = PADDING;

function alphabet(digits: string, passedOver: string): Uint8Array {
  const values = new Uint8Array(256).fill(NO_DIGIT);
  for (const [i, digit] of [...digits].entries()) values[digit.charCodeAt(0)] = i;
  for (const character of passedOver) values[character.charCodeAt(0)] = PASSED_OVER;
  return values;
}

/**
 * The bytes that a text of digits stands for. Hexadecimal digits may have spaces, colons, dashes and commas between them;
 * base64 is of either alphabet, with or without its padding.
 *
 * @throws ProtocolError `inspect/no-digits` with the offset of the first character that is none; of hex with half a byte left
 *
 * @example
 * ```ts
 * decodeDigits(new TextEncoder().encode("01 ff"), "hex"); // Uint8Array [1, 255]
 * ```
 */
export function decodeDigits(text: Uint8Array, kind: DigitKind): Uint8Array {
  const values = kind === "hex" ? HEX : BASE64;
  const digitBits = kind === "hex" ? 4 : 6;
  const decoded = new Uint8Array(Math.floor((text.length * digitBits) / 8));
  let count = 0;
  let bits = 0;
  let held = 0;
  let isPadded = false;
  for (let at = 0; at < text.length; at++) {
    const value = values[text[at]!]!;
    if (value === PASSED_OVER) continue;
    isPadded ||= value === PADDING;
    if (value === PADDING) continue;
    if (value === NO_DIGIT || isPadded) throw noDigit(text[at]!, at, kind);
    held = ((held << digitBits) | value) & 0xffff;
    bits += digitBits;
    if (bits < 8) continue;
    bits -= 8;
    decoded[count++] = held >> bits;
  }
  // Six bits over are a character of base64 that stands for no byte; four, half a byte of hex.
  if (bits === 6 || (kind === "hex" && bits === 4)) throw noDigit(0, text.length, kind);
  return decoded.subarray(0, count);
}

function noDigit(character: number, offset: number, kind: DigitKind): ProtocolError {
  const found = character === 0 ? "the end inside a byte" : `the character 0x${character.toString(16)}`;
  return new ProtocolError({ code: "inspect/no-digits", side: "remote", offset, found, expected: `${kind} digits` });
}

/**
 * The bytes behind a text as a capture of their own.
 *
 * @throws ProtocolError as {@linkcode decodeDigits} does, and `inspect/text-too-large` over `MAX_DIGIT_TEXT_BYTES`
 *
 * @example
 * ```ts
 * const capture = await decodedText(pasted, "hex");
 * recognise(await capture.read(0, 65_536), capture.bytes);
 * ```
 */
export async function decodedText(source: CaptureSource, kind: DigitKind): Promise<CaptureSource> {
  if (source.bytes > MAX_DIGIT_TEXT_BYTES) {
    throw new ProtocolError({
      code: "inspect/text-too-large",
      side: "local",
      found: `${source.bytes} bytes of ${kind} text`,
      expected: `at most ${MAX_DIGIT_TEXT_BYTES}`,
    });
  }
  return bytesSource(source.name, decodeDigits(await source.read(0, source.bytes), kind));
}

/**
 * Bytes in memory as a capture.
 *
 * @example
 * ```ts
 * const source = bytesSource("pasted", Uint8Array.of(1, 2, 3));
 * await source.read(1, 10); // Uint8Array [2, 3]
 * ```
 */
export function bytesSource(name: string, bytes: Uint8Array): CaptureSource {
  return {
    name,
    bytes: bytes.length,
    read: async (offset, count) => bytes.slice(offset, offset + count),
  };
}
