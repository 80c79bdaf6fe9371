import type { RowValue } from "../protocols/definition.ts";

/** Rows have five levels; a value that is deeper than this is not one. */
const MAX_DEPTH = 32;

/** Raw in JSON these are legal, and on a terminal they move the cursor or turn the text around. */
const UNSAFE_ON_TERMINALS = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A row as one line of JSON. Integers of any size are bare and exact, which `JSON.stringify` can't write; control and
 * direction characters are escaped, so that a line is safe to look at.
 *
 * @throws RangeError for a value nested deeper than 32 levels, or a number that JSON doesn't have
 *
 * @example
 * ```ts
 * jsonLine({ offset: 0, rssBytes: 18446744073709551615n }); // {"offset":0,"rssBytes":18446744073709551615}
 * ```
 */
export function jsonLine(value: RowValue): string {
  return write(value, 0);
}

function write(value: RowValue, depth: number): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
      return writeNumber(value);
    case "bigint":
    case "boolean":
      return String(value);
    default:
      return value === null ? "null" : writeNested(value, depth + 1);
  }
}

function writeNested(value: Exclude<RowValue, null | boolean | number | bigint | string>, depth: number): string {
  if (depth > MAX_DEPTH) throw new RangeError(`a value nested deeper than ${MAX_DEPTH} levels`);
  let text = "";
  if (isArray(value)) {
    for (const item of value) text += `${text === "" ? "" : ","}${write(item, depth)}`;
    return `[${text}]`;
  }
  for (const key of Object.keys(value)) {
    text += `${text === "" ? "" : ","}${quote(key)}:${write(value[key]!, depth)}`;
  }
  return `{${text}}`;
}

function isArray(value: object): value is readonly RowValue[] {
  return Array.isArray(value);
}

function quote(text: string): string {
  return JSON.stringify(text).replace(
    UNSAFE_ON_TERMINALS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a JSON number`);
  // JSON has a negative zero; JSON.stringify drops its sign.
  return Object.is(value, -0) ? "-0" : String(value);
}
