/** Text from a capture, made safe and fit for a terminal. */

/** Control, format (direction marks too) and separator characters, and surrogates without a partner. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const NO_COLUMN = /\p{M}/u;
/** Characters that take two columns: Hangul, CJK, full-width forms, most emoji. */
const TWO_COLUMNS =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/**
 * Names and command lines may hold anything, escape sequences for the terminal too: what can't be printed is shown by its
 * code.
 *
 * @example
 * ```ts
 * printable("a\u001b[2Jb"); // "a\\u{1b}[2Jb"
 * ```
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** How many columns printable text takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnsOfCharacter(character);
  return columns;
}

/** Printable text in at most `columns` columns; what is cut off is shown by `…`. */
export function fitColumns(text: string, columns: number): string {
  // Every character of the short text may take two columns.
  if (text.length * 2 <= columns) return text;
  let used = 0;
  let kept = "";
  let keptWithMark = "";
  for (const character of text) {
    used += columnsOfCharacter(character);
    if (used > columns) return `${keptWithMark}…`;
    kept += character;
    if (used < columns) keptWithMark = kept;
  }
  return kept;
}

/** Fits the text and fills up with spaces. */
export function fillColumns(text: string, columns: number): string {
  const fitting = fitColumns(text, columns);
  return fitting + " ".repeat(columns - columnsOf(fitting));
}

function columnsOfCharacter(character: string): number {
  if (character <= "\u02ff") return 1;
  return NO_COLUMN.test(character) ? 0 : TWO_COLUMNS.test(character) ? 2 : 1;
}
