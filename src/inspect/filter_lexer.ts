/** The words of a filter. */
import type { FilterError } from "./filter_row.ts";

/** Longer texts are refused: nobody types them. */
export const MAX_FILTER_CHARACTERS = 4_096;

/** What a token is. A word is a name, a number, a time or a text without quotes: which, its place says. */
export type TokenKind = "word" | "text" | "operator" | "open" | "close" | "comma" | "end";

/** One token; `text` is what it says, without quotes. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

/** Tokens up to the first thing that is none; the last token is always `end`. */
export interface LexedFilter {
  readonly tokens: readonly Token[];
  readonly error: FilterError | undefined;
}

const SPACE = /\s+/y;
const OPERATOR = /&&|\|\||==|!=|<=|>=|!~|[<>~!]/y;
/** Letters and digits of any language, and what names, sizes, times, versions and ids are written with. */
const WORD = /[\p{L}\p{N}_.*][\p{L}\p{N}_.:%+*-]*|-[\d.][\p{L}\p{N}_.%]*/uy;
const PUNCTUATION: Readonly<Record<string, TokenKind>> = { "(": "open", ")": "close", ",": "comma" };

/** True for a text that needs no quotes. */
export function isFilterWord(text: string): boolean {
  return matchAt(WORD, text, 0) === text;
}

/** Cuts a text into tokens. */
export function lexFilter(text: string): LexedFilter {
  const tokens: Token[] = [];
  const finish = (error?: FilterError): LexedFilter => {
    const at = error?.at ?? text.length;
    return { tokens: [...tokens, { kind: "end", text: "", at, end: at }], error };
  };
  if (text.length > MAX_FILTER_CHARACTERS) {
    const found = `${text.length} characters`;
    return finish({ at: MAX_FILTER_CHARACTERS, end: text.length, found, expected: `at most ${MAX_FILTER_CHARACTERS}` });
  }
  for (let at = 0; at < text.length; ) {
    const space = matchAt(SPACE, text, at);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const token = tokenAt(text, at);
    if (token === undefined) return finish(errorAt(text, at));
    tokens.push(token);
    at = token.end;
  }
  return finish();
}

function tokenAt(text: string, at: number): Token | undefined {
  const punctuation = PUNCTUATION[text[at]!];
  if (punctuation !== undefined) return { kind: punctuation, text: text[at]!, at, end: at + 1 };
  if (text[at] === '"' || text[at] === "'") return quotedAt(text, at);
  const operator = matchAt(OPERATOR, text, at);
  if (operator !== undefined) return { kind: "operator", text: operator, at, end: at + operator.length };
  const word = matchAt(WORD, text, at);
  return word === undefined ? undefined : { kind: "word", text: word, at, end: at + word.length };
}

/** A text in quotes; a backslash takes the next character as it is. */
function quotedAt(text: string, at: number): Token | undefined {
  const quote = text[at];
  let value = "";
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === quote) return { kind: "text", text: value, at, end: i + 1 };
    if (text[i] === "\\" && i + 1 < text.length) i++;
    value += text[i];
  }
  return undefined;
}

function errorAt(text: string, at: number): FilterError {
  const character = text[at]!;
  if (character === '"' || character === "'") {
    return { at, end: text.length, found: "a text without its end", expected: `a second ${character}` };
  }
  const expected: Readonly<Record<string, string>> = { "=": "==", "&": "&&", "|": "||" };
  const whole = String.fromCodePoint(text.codePointAt(at)!);
  return {
    at,
    end: at + whole.length,
    found: whole,
    expected: expected[character] ?? "a name, a value or an operator",
  };
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
