/** Values as people write them, and as they stand in a frame. */
import { ByteWriter, type FieldType, type FieldValue, ProtocolError } from "../core/mod.ts";
import type { EditValue } from "../protocols/inspection.ts";
import type { FieldNode } from "./row_detail.ts";

const UTF8 = new TextEncoder();
/** What one value may take: more than any frame that is made to be looked at. */
const MAX_VALUE_BYTES = 1_048_576;

type IntegerType = "u8" | "u16" | "u16be" | "u32" | "u32be" | "u64" | "u64be" | "i64" | "uvarint";

/** The ends of what an integer type holds, and its width; a uvarint has none of its own. */
const INTEGERS: Readonly<Record<IntegerType, readonly [min: bigint, max: bigint, bytes: number]>> = {
  u8: [0n, 0xffn, 1],
  u16: [0n, 0xffffn, 2],
  u16be: [0n, 0xffffn, 2],
  u32: [0n, 0xffff_ffffn, 4],
  u32be: [0n, 0xffff_ffffn, 4],
  u64: [0n, 2n ** 64n - 1n, 8],
  u64be: [0n, 2n ** 64n - 1n, 8],
  i64: [-(2n ** 63n), 2n ** 63n - 1n, 8],
  uvarint: [0n, 2n ** 64n - 1n, 0],
};

/**
 * The value that a text stands for in a field of that type. Integers may be decimal or hexadecimal (`0x`), bytes are hexadecimal
 * digits with or without spaces, texts are taken as they are.
 *
 * @throws ProtocolError `inspect/value-malformed` (local)
 *
 * @example
 * ```ts
 * parseFieldValue("u16", "0x10"); // 16
 * parseFieldValue("bytes", "0a ff"); // Uint8Array [10, 255]
 * ```
 */
export function parseFieldValue(type: FieldNode["type"], text: string): EditValue {
  const trimmed = text.trim();
  if (type === "text") return text;
  if (type === "bytes") {
    const digits = trimmed.replaceAll(/\s+/g, "");
    if (!/^([0-9a-f]{2})*$/i.test(digits)) throw malformed(text, "pairs of hexadecimal digits");
    return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  }
  if (type === "bool") {
    if (trimmed !== "true" && trimmed !== "false") throw malformed(text, "true or false");
    return trimmed === "true" ? 1 : 0;
  }
  if (type === "f32" || type === "f64") {
    const value = Number(trimmed);
    if (trimmed === "" || (Number.isNaN(value) && trimmed !== "NaN")) throw malformed(text, "a number, or NaN");
    return value;
  }
  if (type === "group") throw malformed(text, "a field, not a group of them");
  if (!/^(-?\d{1,20}|0x[0-9a-f]{1,16})$/i.test(trimmed)) throw malformed(text, "a whole number, decimal or 0x…");
  const exact = BigInt(trimmed);
  checkInteger(type, exact);
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

/**
 * A value as its field has it in the frame. The node says how: a text that takes more bytes than its characters has its length in
 * front.
 *
 * @throws ProtocolError `inspect/value-out-of-range`, `inspect/value-malformed` (local)
 *
 * @example
 * ```ts
 * fieldBytes({ type: "u16", value: 3, start: 4, end: 6, depth: 0, name: "n", of: "frame" }, 258); // Uint8Array [2, 1]
 * ```
 */
export function fieldBytes(node: FieldNode, value: EditValue): Uint8Array {
  const { type } = node;
  switch (type) {
    case "group":
      throw malformed(`the group ${node.name}`, "a field");
    case "bytes":
      if (!(value instanceof Uint8Array)) throw malformed(kind(value), "bytes");
      return value;
    case "text": {
      if (typeof value !== "string") throw malformed(kind(value), "a text");
      const text = UTF8.encode(value);
      if (!hasLengthInFront(node, node.value)) return text;
      const writer = new ByteWriter(MAX_VALUE_BYTES);
      writer.uvarint(text.length);
      writer.bytes(text);
      return writer.finish();
    }
    case "f32":
    case "f64":
      if (typeof value !== "number") throw malformed(kind(value), "a number");
      return floatBytes(type, value);
    case "bool":
      return Uint8Array.of(Number(value) === 0 ? 0 : 1);
    default:
      return integerBytes(type, value);
  }
}

/** True for what was read as a text and its length. */
function hasLengthInFront({ start, end }: FieldNode, value: FieldValue | undefined): boolean {
  return end - start > UTF8.encode(typeof value === "string" ? value : "").length;
}

function integerBytes(
  type: Exclude<FieldType, "text" | "bytes" | "bool" | "f32" | "f64">,
  value: EditValue,
): Uint8Array {
  const isWhole = typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
  if (!isWhole) throw malformed(kind(value), "a whole number");
  const exact = BigInt(value);
  checkInteger(type, exact);
  const writer = new ByteWriter(16);
  if (type === "uvarint") writer.uvarint(exact);
  else writer.u64(exact);
  const bytes = writer.finish();
  if (type === "uvarint") return bytes;
  const [, , width] = INTEGERS[type];
  const little = bytes.slice(0, width);
  return type.endsWith("be") ? little.reverse() : little;
}

function floatBytes(type: "f32" | "f64", value: number): Uint8Array {
  const bytes = new Uint8Array(type === "f32" ? 4 : 8);
  const view = new DataView(bytes.buffer);
  if (type === "f32") view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return bytes;
}

function checkInteger(type: IntegerType, value: bigint): void {
  const [min, max] = INTEGERS[type];
  if (value >= min && value <= max) return;
  throw new ProtocolError({
    code: "inspect/value-out-of-range",
    side: "local",
    found: `${value}`,
    expected: `a ${type}: ${min} to ${max}`,
  });
}

function kind(value: EditValue): string {
  return value instanceof Uint8Array ? "bytes" : value === null ? "no value" : `the ${typeof value} ${value}`;
}

function malformed(found: string, expected: string): ProtocolError {
  return new ProtocolError({ code: "inspect/value-malformed", side: "local", found, expected });
}
