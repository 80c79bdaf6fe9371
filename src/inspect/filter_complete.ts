/** What could be written at the cursor of a filter. */
import type { FieldInfo } from "../protocols/inspection.ts";
import { isFilterWord, lexFilter, type Token } from "./filter_lexer.ts";
import { type FilterOperator, operatorsOf } from "./filter_parser.ts";
import type { Completion, Completions } from "./filter_row.ts";
import { unitsOf } from "./filter_value.ts";

/** Candidates that are given at most; a longer list is not read. */
const MAX_CANDIDATES = 50;

const OPERATOR_DOCS: Readonly<Record<FilterOperator, string>> = {
  "==": "is",
  "!=": "is there and is not",
  "<": "is less than",
  "<=": "is at most",
  ">": "is more than",
  ">=": "is at least",
  "~": "contains, in any case; * stands for anything",
  "!~": "is there and does not contain, in any case",
  contains: "contains, exactly so",
  in: "is one of (…, …)",
  exists: "is there",
};
const JOINTS: readonly Completion[] = [
  { text: "&&", kind: "operator", doc: "and" },
  { text: "||", kind: "operator", doc: "or" },
];
const STARTS: readonly Completion[] = [
  { text: "any(", kind: "function", doc: "one item of a list for which all of this holds" },
  { text: "!", kind: "operator", doc: "not" },
  { text: "(", kind: "operator", doc: "a group" },
];

/** What the next token may be. */
type Place =
  | { readonly expects: "field" | "joint" }
  | { readonly expects: "operator"; readonly field: FieldInfo }
  | { readonly expects: "value"; readonly field: FieldInfo; readonly isListed: boolean }
  | { readonly expects: "list"; readonly field: FieldInfo }
  | { readonly expects: "listEnd"; readonly field: FieldInfo };

/**
 * Candidates for the word at the cursor, or for the next one if it stands behind a space. They replace the text from `start` up to
 * `end`.
 *
 * @param fields as `filterFields` gives them
 *
 * @example
 * ```ts
 * completeFilter("type == sna", 11, filterFields([SNAPSHOT_PROTOCOL], { agentIds: [] })).candidates[0]?.text; // "snapshot"
 * ```
 */
export function completeFilter(text: string, cursor: number, fields: readonly FieldInfo[]): Completions {
  const { tokens, error } = lexFilter(text.slice(0, cursor));
  const words = tokens.filter(({ kind }) => kind !== "end");
  // A text whose quotes are still open is the value that is being written.
  const openText = error === undefined ? undefined : /^["'](.*)$/s.exec(text.slice(error.at, cursor))?.[1];
  const last = words.at(-1);
  const isWriting = openText === undefined && last !== undefined && last.end === cursor && isUnfinished(last);
  const place = placeBehind(isWriting ? words.slice(0, -1) : words, fields);
  const prefix = openText ?? (isWriting ? last.text : "");
  const start = openText !== undefined ? error!.at : isWriting ? last.at : cursor;
  const end = openText !== undefined ? cursor : isWriting ? endOfWord(text, cursor) : cursor;
  return { start, end, candidates: matching(candidatesAt(place, fields), prefix) };
}

/** An operator may become a longer one, a word is one as long as nothing follows it. */
function isUnfinished({ kind, text }: Token): boolean {
  return kind === "word" || (kind === "operator" && ["!", "<", ">"].includes(text));
}

function endOfWord(text: string, cursor: number): number {
  return cursor + (/^[\p{L}\p{N}_.]*/u.exec(text.slice(cursor))?.[0].length ?? 0);
}

/** Follows the tokens as the parser does, without asking whether what stands there makes sense. */
function placeBehind(tokens: readonly Token[], fields: readonly FieldInfo[]): Place {
  let place: Place = { expects: "field" };
  for (const token of tokens) place = nextPlace(place, token, fields);
  return place;
}

function nextPlace(place: Place, token: Token, fields: readonly FieldInfo[]): Place {
  if (token.kind === "operator" && (token.text === "&&" || token.text === "||")) return { expects: "field" };
  switch (place.expects) {
    case "field": {
      if (token.kind !== "word" || token.text === "any") return place;
      const field = fields.find(({ name }) => name === token.text);
      return field === undefined ? { expects: "joint" } : { expects: "operator", field };
    }
    case "operator":
      if (token.text === "in") return { expects: "list", field: place.field };
      if (token.kind === "close" || token.text === "exists") return { expects: "joint" };
      return { expects: "value", field: place.field, isListed: false };
    case "list":
      return { expects: "value", field: place.field, isListed: true };
    case "value":
      return place.isListed ? { expects: "listEnd", field: place.field } : { expects: "joint" };
    case "listEnd":
      return token.kind === "comma" ? { expects: "value", field: place.field, isListed: true } : { expects: "joint" };
    default:
      return place;
  }
}

function candidatesAt(place: Place, fields: readonly FieldInfo[]): readonly Completion[] {
  switch (place.expects) {
    case "field":
      return [...fields.map(({ name, doc }): Completion => ({ text: name, kind: "field", doc })), ...STARTS];
    case "operator": {
      const operators = operatorsOf(place.field).map(
        (text): Completion => ({ text, kind: /\w/.test(text) ? "keyword" : "operator", doc: OPERATOR_DOCS[text] }),
      );
      // A field alone is a filter too.
      return [...operators, ...JOINTS];
    }
    case "value":
      return valuesOf(place.field);
    case "list":
      return [{ text: "(", kind: "operator", doc: "the values, with commas between them" }];
    case "listEnd":
      return [
        { text: ",", kind: "operator", doc: "another value" },
        { text: ")", kind: "operator", doc: "the end of the values" },
      ];
    default:
      return [...JOINTS, { text: ")", kind: "operator", doc: "the end of a group" }];
  }
}

function valuesOf(field: FieldInfo): readonly Completion[] {
  const { choices, kind, doc } = field;
  if (choices !== undefined) {
    return choices.map((value) => ({ text: isFilterWord(value) ? value : quoted(value), kind: "value", doc }));
  }
  // Nothing to choose from: an example shows how it is written.
  if (kind === "time") return [{ text: '"2026-01-31T08:30Z"', kind: "value", doc: "a UTC time" }];
  if (kind === "number") return [{ text: "0", kind: "value", doc: unitsOf(field) }];
  return [{ text: '""', kind: "value", doc: kind === "bytes" ? "hexadecimal digits" : "a text" }];
}

function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** Those that begin with what is written come first, then those that contain it. */
function matching(candidates: readonly Completion[], prefix: string): readonly Completion[] {
  const wanted = prefix.toLowerCase();
  const bare = ({ text }: Completion): string => text.toLowerCase().replace(/^"/, "");
  const begins = candidates.filter((one) => bare(one).startsWith(wanted));
  const contains = candidates.filter((one) => !bare(one).startsWith(wanted) && bare(one).includes(wanted));
  return [...begins, ...contains].slice(0, MAX_CANDIDATES);
}
