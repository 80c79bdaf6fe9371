/** Lines of comma-separated values (RFC 4180, with line feeds alone at the ends). */

/** A field that begins so is a formula to a spreadsheet, which may open addresses and start programs. */
const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

/** What a field may hold. */
export type CsvValue = string | number | bigint | null;

/**
 * One line, without its end. A text that a spreadsheet would take for a formula gets an apostrophe in front: names of
 * processes are chosen by whoever starts them.
 *
 * @example
 * ```ts
 * csvLine([7, 'say "hi", twice', "=1+1", null]); // 7,"say ""hi"", twice",'=1+1,
 * ```
 */
export function csvLine(values: readonly CsvValue[]): string {
  return values.map(csvField).join(",");
}

function csvField(value: CsvValue): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
