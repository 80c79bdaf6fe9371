/** Rows and ids as numbers, to compare many of them in little memory. */
import type { FrameRow, RowValue } from "../protocols/definition.ts";

/** Where a row stands is not what it says. */
const PLACE: ReadonlySet<string> = new Set(["offset", "stream"]);
const SCRATCH = new DataView(new ArrayBuffer(8));

/** What a value is, so that `[]`, `{}`, `""` and null differ. */
const TEXT = 1;
const NUMBER = 2;
const LIST = 3;
const FIELDS = 4;
const OTHER = 5;

/**
 * A digest of what a row says, without where it stands (`offset`, `stream`): a whole number of 53 bits. It tells rows apart that
 * differ by chance, and is no defence against rows that were made to look the same.
 *
 * @example
 * ```ts
 * rowDigest({ offset: 0, type: "ack" }) === rowDigest({ offset: 9, type: "ack" }); // true
 * ```
 */
export function rowDigest(row: FrameRow): number {
  const digest = new Digest();
  // A list in place of recursion: what rows hold comes from captures.
  const open: RowValue[] = [];
  for (const name of Object.keys(row)) {
    if (PLACE.has(name)) continue;
    digest.text(name);
    open.push(row[name]!);
    for (let value = open.pop(); value !== undefined; value = open.pop()) digest.value(value, open);
  }
  return digest.finish();
}

/**
 * A digest of a text, as {@linkcode rowDigest}.
 *
 * @example
 * ```ts
 * textDigest("a") === textDigest("b"); // false
 * ```
 */
export function textDigest(text: string): number {
  const digest = new Digest();
  digest.text(text);
  return digest.finish();
}

/** Two lanes of MurmurHash3's 32-bit mixing, with constants of their own. */
class Digest {
  #first = 0x9747_b28c;
  #second = 0x1b87_3593;

  /** Takes a value; what is in a list or a group is put on `open`. */
  value(value: RowValue, open: RowValue[]): void {
    if (typeof value === "string") this.text(value);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "bigint" || typeof value === "boolean" || value === null) {
      this.#mix(OTHER);
      this.text(String(value));
    } else if (Array.isArray(value)) {
      this.#mix(LIST);
      this.#mix(value.length);
      for (let i = value.length - 1; i >= 0; i--) open.push(value[i] as RowValue);
    } else {
      const names = Object.keys(value);
      this.#mix(FIELDS);
      this.#mix(names.length);
      for (const name of names) this.text(name);
      for (let i = names.length - 1; i >= 0; i--) open.push((value as FrameRow)[names[i]!]!);
    }
  }

  text(text: string): void {
    this.#mix(TEXT);
    this.#mix(text.length);
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
  }

  finish(): number {
    const high = finalMix(this.#first ^ Math.imul(this.#second, 5));
    const low = finalMix(this.#second ^ Math.imul(this.#first, 9));
    return (high & 0x1f_ffff) * 0x1_0000_0000 + (low >>> 0);
  }

  #number(value: number): void {
    SCRATCH.setFloat64(0, value);
    this.#mix(NUMBER);
    this.#mix(SCRATCH.getInt32(0));
    this.#mix(SCRATCH.getInt32(4));
  }

  #mix(unit: number): void {
    const first = this.#first ^ Math.imul(rotated(Math.imul(unit, 0xcc9e_2d51), 15), 0x1b87_3593);
    this.#first = (Math.imul(rotated(first, 13), 5) + 0xe654_6b64) | 0;
    const second = this.#second ^ Math.imul(rotated(Math.imul(unit, 0x239b_961b), 16), 0xab0e_9789);
    this.#second = (Math.imul(rotated(second, 19), 5) + 0x561c_cd1b) | 0;
  }
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function finalMix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}
