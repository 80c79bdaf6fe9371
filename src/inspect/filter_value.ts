/** Values of a filter, as the field that they are compared with has them. */
import type { FieldInfo } from "../protocols/inspection.ts";
import type { Token } from "./filter_lexer.ts";

/** What a field is compared with: times are UTC Unix milliseconds, bytes are hexadecimal digits. */
export type FilterValue = number | bigint | string;

/** A value, or what would have been one. */
export type ValueResult =
  | { readonly ok: true; readonly value: FilterValue }
  | { readonly ok: false; readonly expected: string };

const KIB = 1_024;
const SIZES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: KIB,
  mib: KIB ** 2,
  gib: KIB ** 3,
  tib: KIB ** 4,
};
const SPANS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, min: 6e4, h: 3.6e6, d: 8.64e7 };
const UNITS: Readonly<Record<NonNullable<FieldInfo["unit"]>, Readonly<Record<string, number>>>> = {
  bytes: SIZES,
  ms: SPANS,
  pct: { "%": 1 },
};
const EXPECTED_UNITS: Readonly<Record<NonNullable<FieldInfo["unit"]>, string>> = {
  bytes: "a size: 512, 10kB, 1.5MiB",
  ms: "a span: 500, 500ms, 2s, 5min, 1h, 3d",
  pct: "a percentage: 90, 90%",
};
const NUMBER = /^(-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?|0x[0-9a-f]+)([a-z%]*)$/i;
const TIME = /^\d{4}-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?)?$/;

/**
 * The value of a token for a field.
 *
 * @example
 * ```ts
 * const size = { name: "size", kind: "number", unit: "bytes", doc: "" } as const;
 * filterValue(size, { kind: "word", text: "10kB", at: 0, end: 4 }); // { ok: true, value: 10000 }
 * ```
 */
export function filterValue(field: FieldInfo, { text, kind }: Token): ValueResult {
  switch (field.kind) {
    case "number":
      return kind === "text" ? fails(expectedNumber(field)) : numberOf(field, text);
    case "time":
      return timeOf(text);
    case "bytes": {
      const digits = text.replaceAll(/\s/g, "").toLowerCase();
      return /^[0-9a-f*]*$/.test(digits) ? { ok: true, value: digits } : fails("hexadecimal digits");
    }
    case "list":
      return fails("a field of its items, or exists");
    default:
      return { ok: true, value: text };
  }
}

/** The suffixes that numbers of a field may have, for completion. */
export function unitsOf({ unit }: FieldInfo): string {
  return unit === undefined ? "a number" : EXPECTED_UNITS[unit];
}

function numberOf(field: FieldInfo, text: string): ValueResult {
  const match = NUMBER.exec(text);
  if (match === null) return fails(expectedNumber(field));
  const [, digits, suffix] = match as unknown as [string, string, string];
  const factor = suffix === "" ? 1 : field.unit === undefined ? undefined : UNITS[field.unit][suffix.toLowerCase()];
  if (factor === undefined) return fails(expectedNumber(field));
  // Integers over 2^53 stay exact.
  if (/^(-?\d+|0x[0-9a-f]+)$/i.test(digits)) {
    const exact = (digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits)) * BigInt(factor);
    return { ok: true, value: Number.isSafeInteger(Number(exact)) ? Number(exact) : exact };
  }
  return { ok: true, value: Number(digits) * factor };
}

/** An ISO 8601 time, UTC unless it says otherwise, or milliseconds. */
function timeOf(text: string): ValueResult {
  if (/^-?\d{1,16}$/.test(text) && !/^\d{4}$/.test(text)) return { ok: true, value: Number(text) };
  const match = TIME.exec(text);
  // Without a zone a runtime would take its own.
  const ms = match === null ? Number.NaN : Date.parse(text.includes("T") && match[1] === undefined ? `${text}Z` : text);
  return Number.isNaN(ms) ? fails('a UTC time: "2026-01-31T08:30Z", or milliseconds') : { ok: true, value: ms };
}

function expectedNumber(field: FieldInfo): string {
  return field.unit === undefined ? "a number without a unit" : EXPECTED_UNITS[field.unit];
}

function fails(expected: string): ValueResult {
  return { ok: false, expected };
}
