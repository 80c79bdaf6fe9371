import { ProtocolError } from "../core/protocol_error.ts";

/** Longer ones find nothing that their first part does not. */
const MAX_NEEDLE_BYTES = 4_096;

/** How a number stands in the bytes. */
export type NumberForm = "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64" | "f32" | "f64";

/** What is searched for, as it was typed. */
export type NeedleText =
  /** Hexadecimal digits, with `?` for a digit that may be any; blanks where one likes. */
  | { readonly kind: "hex"; readonly text: string }
  /** UTF-8. Letters beyond ASCII are told apart by case all the same. */
  | { readonly kind: "text"; readonly text: string; readonly ignoresCase: boolean }
  /** A number in both byte orders; without a form in every one that holds it and has at least four bytes. */
  | { readonly kind: "number"; readonly text: string; readonly form?: NumberForm };

/** One run of bytes to find: those where `(byte & mask) === value`. */
export interface Pattern {
  readonly value: Uint8Array;
  readonly mask: Uint8Array;
  /** What it stands for: `u32, little endian`. */
  readonly title: string;
}

const FORM_BYTES: Readonly<Record<NumberForm, number>> = {
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  f32: 4,
  f64: 8,
};
/** With what is shorter a search for a number finds chance. */
const USUAL_FORMS: readonly NumberForm[] = ["u32", "u64", "i32", "i64", "f32", "f64"];

/**
 * The bytes that a search looks for, in one or more patterns.
 *
 * @throws ProtocolError `inspect/needle-malformed` (local), with `offset` the place in the text
 *
 * @example
 * ```ts
 * import { parseNeedle } from "../../src/inspect/mod.ts";
 * parseNeedle({ kind: "hex", text: "de ad ?? b?" })[0]!.mask; // [255, 255, 0, 240]
 * ```
 */
export function parseNeedle(needle: NeedleText): readonly Pattern[] {
  const patterns = needle.kind === "number" ? numberPatterns(needle.text.trim(), needle.form) : [bytesPattern(needle)];
  const bytes = patterns[0]!.value.length;
  if (bytes === 0) throw malformed(0, "nothing", "at least one byte to look for");
  if (bytes > MAX_NEEDLE_BYTES) throw malformed(0, `${bytes} bytes`, `at most ${MAX_NEEDLE_BYTES}`);
  return patterns;
}

function bytesPattern(needle: Exclude<NeedleText, { kind: "number" }>): Pattern {
  return needle.kind === "hex" ? hexPattern(needle.text) : textPattern(needle.text, needle.ignoresCase);
}

function hexPattern(text: string): Pattern {
  const digits: { readonly value: number; readonly mask: number }[] = [];
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (/[\s:,_]/.test(character)) continue;
    const digit = Number.parseInt(character, 16);
    if (character !== "?" && Number.isNaN(digit))
      throw malformed(i, `"${character}"`, "hexadecimal digits, or ? for any");
    digits.push(character === "?" ? { value: 0, mask: 0 } : { value: digit, mask: 15 });
  }
  if (digits.length % 2 === 1) throw malformed(text.length, "half a byte", "two digits a byte");
  const [value, mask] = [new Uint8Array(digits.length / 2), new Uint8Array(digits.length / 2)];
  for (let i = 0; i < value.length; i++) {
    const [high, low] = [digits[2 * i]!, digits[2 * i + 1]!];
    value[i] = high.value * 16 + low.value;
    mask[i] = high.mask * 16 + low.mask;
  }
  if (value.length > 0 && mask.every((bits) => bits === 0)) throw malformed(0, "only ?", "at least one digit");
  return { value, mask, title: "bytes" };
}

function textPattern(text: string, ignoresCase: boolean): Pattern {
  const value = new TextEncoder().encode(text);
  const mask = new Uint8Array(value.length).fill(0xff);
  if (ignoresCase) {
    value.forEach((byte, i) => {
      const upper = byte & 0xdf;
      if (upper < 0x41 || upper > 0x5a) return;
      // The bit that tells `a` from `A`.
      mask[i] = 0xdf;
      value[i] = upper;
    });
  }
  return { value, mask, title: "text" };
}

function numberPatterns(text: string, form: NumberForm | undefined): readonly Pattern[] {
  if (!/^[+-]?(0[xX][0-9a-fA-F]+|\d+(\.\d+)?([eE][+-]?\d+)?)$/.test(text)) {
    throw malformed(0, `"${text}"`, "a number: 4096, -1, 0x1000, 2.5");
  }
  const forms = form === undefined ? USUAL_FORMS : [form];
  const seen = new Set<string>();
  const patterns: Pattern[] = [];
  for (const one of forms) {
    for (const littleEndian of [true, false]) {
      const value = encodeNumber(text, one, littleEndian);
      // A number often stands the same way in several forms.
      if (value === undefined || seen.has(value.join())) continue;
      seen.add(value.join());
      const order = value.length === 1 ? "" : littleEndian ? ", little endian" : ", big endian";
      patterns.push({ value, mask: new Uint8Array(value.length).fill(0xff), title: `${one}${order}` });
    }
  }
  if (patterns.length === 0) throw malformed(0, text, `a number that ${form ?? "one of the forms"} holds`);
  return patterns;
}

/** Nothing where the form does not hold the number exactly; a fraction is rounded to what a float has. */
function encodeNumber(text: string, form: NumberForm, littleEndian: boolean): Uint8Array | undefined {
  const view = new DataView(new ArrayBuffer(FORM_BYTES[form]));
  if (form === "f32" || form === "f64") {
    const value = Number(text.replace(/^\+/, ""));
    if (Number.isNaN(value)) return undefined;
    if (form === "f32") view.setFloat32(0, value, littleEndian);
    else view.setFloat64(0, value, littleEndian);
    return new Uint8Array(view.buffer);
  }
  if (/[.eE]/.test(text) && !/^[+-]?0[xX]/.test(text)) return undefined;
  const magnitude = BigInt(text.replace(/^[+-]/, ""));
  const value = text.startsWith("-") ? -magnitude : magnitude;
  const bits = BigInt(FORM_BYTES[form] * 8);
  const [low, high] = form[0] === "u" ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
  if (value < low || value > high) return undefined;
  const bytes = new Uint8Array(FORM_BYTES[form]);
  for (let i = 0; i < bytes.length; i++) {
    bytes[littleEndian ? i : bytes.length - 1 - i] = Number(BigInt.asUintN(8, value >> BigInt(8 * i)));
  }
  return bytes;
}

function malformed(offset: number, found: string, expected: string): ProtocolError {
  return new ProtocolError({ code: "inspect/needle-malformed", side: "local", offset, found, expected });
}
