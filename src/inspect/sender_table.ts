import { NO_NUMBER } from "./capture_index.ts";

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const NO_BYTES: Uint8Array = new Uint8Array(0);
/** FNV-1a, 32 bits. */
const HASH_START = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

/** Numbers names as they come by; a name is made a string only once. At most {@linkcode NO_NUMBER} have a number. */
export class SenderTable {
  readonly names: string[] = [];
  readonly #bytes: Uint8Array[] = [];
  /** The last name of each hash, and for each name the one before it with the same hash; -1 ends the chain. */
  readonly #last = new Map<number, number>();
  readonly #before: number[] = [];
  #recent: Uint8Array = NO_BYTES;
  #recentNumber: number = NO_NUMBER;

  /** The number of the name that stands in `bytes` at `at`, as UTF-8. */
  numberOf(bytes: Uint8Array, at: number, count: number): number {
    if (count === 0) return NO_NUMBER;
    // Most often it is the one that sent the frame before.
    if (same(this.#recent, bytes, at, count)) return this.#recentNumber;
    let hash = HASH_START;
    for (let i = at; i < at + count; i++) hash = Math.imul(hash ^ bytes[i]!, HASH_PRIME);
    let number = this.#last.get(hash) ?? -1;
    while (number >= 0 && !same(this.#bytes[number]!, bytes, at, count)) number = this.#before[number]!;
    if (number < 0) {
      if (this.names.length === NO_NUMBER) return NO_NUMBER;
      number = this.names.length;
      const name = bytes.slice(at, at + count);
      this.names.push(UTF8.decode(name));
      this.#bytes.push(name);
      this.#before.push(this.#last.get(hash) ?? -1);
      this.#last.set(hash, number);
    }
    this.#recent = this.#bytes[number]!;
    this.#recentNumber = number;
    return number;
  }
}

function same(name: Uint8Array, bytes: Uint8Array, at: number, count: number): boolean {
  if (name.length !== count) return false;
  for (let i = 0; i < count; i++) if (name[i] !== bytes[at + i]) return false;
  return true;
}
