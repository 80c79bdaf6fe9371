/** Values of decoders and rows as texts for people. */
import type { FieldValue } from "../../src/core/mod.ts";
import { printable } from "../../src/inspect/printable.ts";
import { timestamp } from "../../src/inspect/quantities.ts";
import type { FrameRow, RowValue } from "../../src/protocols/definition.ts";

/** Digits of a value of bytes that are written; the hex view has the rest. */
const MAX_VALUE_BYTES = 48;
/** Characters of a text that are written. */
const MAX_TEXT_CHARS = 4_096;
/** Values of a message that are named where its protocol has no words for it. */
const MAX_NAMED_VALUES = 6;
/** Numbers of milliseconds since 1970 are times from here on: 2001. */
const MIN_TIME_MS = 978_307_200_000;
/** 2100. */
const MAX_TIME_MS = 4_102_444_800_000;

export function hexText(bytes: Uint8Array): string {
  const digits = Array.from(bytes.subarray(0, MAX_VALUE_BYTES), (value) => value.toString(16).padStart(2, "0")).join(
    " ",
  );
  return bytes.length > MAX_VALUE_BYTES ? `${digits} … ${bytes.length} bytes` : digits;
}

/** A value with what it means beside it, where its name says that it is a time. */
export function valueText(name: string, value: FieldValue | undefined): string {
  if (value === undefined) return "";
  if (value === null) return "none";
  if (typeof value === "string") return JSON.stringify(printable(value.slice(0, MAX_TEXT_CHARS)));
  if (value instanceof Uint8Array) return hexText(value);
  if (/Ms$/.test(name) && typeof value !== "boolean") {
    const ms = Number(value);
    if (ms >= MIN_TIME_MS && ms < MAX_TIME_MS) return `${value}  ${timestamp(ms)}`;
  }
  return String(value);
}

/** What a message says, by its values: for protocols that have no words of their own for it. */
export function valuesSummary(row: FrameRow): string {
  const payload = row["payload"];
  const values = isRecord(payload) ? payload : row;
  const simple = Object.entries(values).filter(([, value]) => value === null || typeof value !== "object");
  return simple
    .slice(0, MAX_NAMED_VALUES)
    .map(([name, value]) => `${name} ${printable(String(value))}`)
    .join(", ");
}

function isRecord(value: RowValue | undefined): value is { readonly [key: string]: RowValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
