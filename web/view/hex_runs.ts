/** Marks of a byte: several may hold. */
export const BYTE_SELECTED = 1;
export const BYTE_CRC = 2;
export const BYTE_FAULT = 4;
export const BYTE_HIT = 8;
export const BYTE_CARET = 16;
export const BYTE_EVEN_GROUP = 32;

/** Bytes that carry one mark: from `start` to before `end`, as offsets of the bytes that are shown. */
export interface ByteMark {
  readonly start: number;
  readonly end: number;
  readonly mark: number;
}

/** Neighbouring bytes of one line with the same marks. */
export interface HexRun {
  readonly marks: number;
  /** `0a ff 00`: a space between, none around. */
  readonly hex: string;
  /** One character a byte. */
  readonly text: string;
  /** True when the run before it carries one of the same marks, so that the gap between them is marked too. */
  readonly joins: boolean;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"));

/**
 * Cuts one line of bytes into runs of the same marks.
 *
 * @param bytes the line's bytes
 * @param offset of the first, in the count that the marks use
 *
 * @example
 * ```ts
 * hexRuns(new Uint8Array([0x41, 0x42]), 0, [{ start: 1, end: 2, mark: BYTE_HIT }]);
 * // [{ marks: 0, hex: "41", text: "A", … }, { marks: 8, hex: "42", text: "B", … }]
 * ```
 */
export function hexRuns(bytes: Uint8Array, offset: number, marks: readonly ByteMark[]): HexRun[] {
  const lineEnd = offset + bytes.length;
  const near = marks.filter(({ start, end }) => start < lineEnd && end > offset);
  const marksAt = (at: number): number =>
    near.reduce((all, { start, end, mark }) => (at >= start && at < end ? all | mark : all), 0);
  const runs: HexRun[] = [];
  let from = 0;
  for (let i = 1; i <= bytes.length; i++) {
    const current = marksAt(offset + from);
    if (i < bytes.length && marksAt(offset + i) === current) continue;
    const part = bytes.subarray(from, i);
    const before = runs.at(-1)?.marks ?? 0;
    const hex = Array.from(part, (value) => HEX[value]!).join(" ");
    runs.push({ marks: current, hex, text: printableText(part), joins: (before & current) !== 0 });
    from = i;
  }
  return runs;
}

/** ASCII that can be seen; a dot for the rest. */
function printableText(bytes: Uint8Array): string {
  let text = "";
  for (const value of bytes) text += value >= 0x20 && value < 0x7f ? String.fromCharCode(value) : "·";
  return text;
}
