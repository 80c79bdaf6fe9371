import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DedupeWindow } from "../../src/sansio/mod.ts";

/** The same by the book: a set, and a queue that says who goes. */
class ModelWindow {
  readonly #maxIds: number;
  #queue: string[] = [];

  constructor(maxIds: number) {
    this.#maxIds = maxIds;
  }

  get size(): number {
    return this.#queue.length;
  }

  has(id: Uint8Array): boolean {
    return this.#queue.includes(String(id));
  }

  add(id: Uint8Array): boolean {
    if (this.has(id)) return false;
    if (this.#queue.length === this.#maxIds) this.#queue.shift();
    this.#queue.push(String(id));
    return true;
  }
}

/** Ids that meet: few of them, some with the same hash, some that differ in one byte only. */
const someId: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.integer({ min: 0, max: 40 }).map((n) => {
    const id = new Uint8Array(16);
    id[15] = n;
    return id;
  }),
  // Bytes 8 to 13 are no part of the hash.
  fc.integer({ min: 0, max: 40 }).map((n) => {
    const id = new Uint8Array(16).fill(3);
    id[10] = n;
    return id;
  }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);

describe("a dedupe window", () => {
  it("is a set that forgets its oldest, at every size", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.array(fc.tuple(fc.boolean(), someId), { maxLength: 300 }),
        (maxIds, steps) => {
          const window = new DedupeWindow(maxIds);
          const model = new ModelWindow(maxIds);
          for (const [isAdd, id] of steps) {
            if (isAdd) expect(window.add(id)).toBe(model.add(id));
            expect(window.has(id)).toBe(model.has(id));
            expect(window.size).toBe(model.size);
          }
          for (const [, id] of steps) expect(window.has(id)).toBe(model.has(id));
        },
      ),
      { numRuns: 500, seed: 1 },
    );
  });

  it("keeps the last 1,024 of many thousands, counters and all", () => {
    const window = new DedupeWindow(1_024);
    const idOf = (n: number): Uint8Array => {
      const id = new Uint8Array(16).fill(9);
      new DataView(id.buffer).setUint32(12, n);
      return id;
    };
    for (let n = 0; n < 20_000; n++) expect(window.add(idOf(n))).toBe(true);
    expect(window.size).toBe(1_024);
    for (let n = 0; n < 20_000; n++) expect(window.has(idOf(n))).toBe(n >= 20_000 - 1_024);
  });

  it("takes the largest size that it can have", () => {
    const window = new DedupeWindow(32_768);
    const idOf = (n: number): Uint8Array => {
      const id = new Uint8Array(16);
      new DataView(id.buffer).setUint32(12, n);
      return id;
    };
    for (let n = 0; n < 40_000; n++) window.add(idOf(n));
    expect(window.size).toBe(32_768);
    expect([
      window.has(idOf(40_000 - 32_768 - 1)),
      window.has(idOf(40_000 - 32_768)),
      window.has(idOf(39_999)),
    ]).toEqual([false, true, true]);
  });

  it("holds a copy", () => {
    const window = new DedupeWindow(4);
    const id = new Uint8Array(16).fill(1);
    window.add(id);
    id.fill(2);
    expect(window.has(id)).toBe(false);
    expect(window.has(new Uint8Array(16).fill(1))).toBe(true);
  });
});
