/**
 * A map that forgets what was set long ago: it holds at least the last half of `maxEntries` keys that were set, and at most
 * `maxEntries`. A `Map` whose first key is deleted again and again takes time for each key that was deleted before; this one forgets
 * half of its keys in one step, and each call takes the same short time.
 *
 * @example
 * ```ts
 * import { RecentMap } from "tidewire/sansio";
 * const recent = new RecentMap<string, number>(4);
 * for (const [at, key] of ["a", "b", "c", "d", "e"].entries()) recent.set(key, at);
 * recent.get("e"); // 4
 * recent.get("a"); // undefined
 * ```
 */
export class RecentMap<Key, Value> {
  readonly #maxHalf: number;
  #newer = new Map<Key, Value>();
  #older = new Map<Key, Value>();

  /** @param maxEntries 2 or more */
  constructor(maxEntries: number) {
    this.#maxHalf = Math.floor(maxEntries / 2);
  }

  get(key: Key): Value | undefined {
    return this.#newer.get(key) ?? this.#older.get(key);
  }

  has(key: Key): boolean {
    return this.#newer.has(key) || this.#older.has(key);
  }

  /** Sets a key and makes it the newest. */
  set(key: Key, value: Value): void {
    if (this.#newer.size === this.#maxHalf && !this.#newer.has(key)) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(key, value);
  }

  delete(key: Key): void {
    this.#newer.delete(key);
    this.#older.delete(key);
  }
}
