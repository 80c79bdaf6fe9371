import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { retryDelayMs, TimerTable } from "../../src/sansio/mod.ts";

const NAMES = ["a", "b", "c"] as const;
type Name = (typeof NAMES)[number];

describe("a timer table", () => {
  it("is a map of deadlines that gives the earliest first", () => {
    const step = fc.tuple(
      fc.constantFrom("set", "clear", "clearAll", "take"),
      fc.constantFrom(...NAMES),
      fc.oneof(fc.integer({ min: -5, max: 20 }), fc.constant(Number.NEGATIVE_INFINITY)),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new TimerTable(NAMES);
        const model = new Map<Name, number>();
        for (const [what, name, atMs] of steps) {
          if (what === "set") {
            table.set(name, atMs);
            model.set(name, atMs);
          } else if (what === "clear") {
            table.clear(name);
            model.delete(name);
          } else if (what === "clearAll") {
            table.clearAll();
            model.clear();
          } else {
            const taken = table.takeExpired(atMs);
            const earliest = Math.min(...model.values());
            expect(taken === undefined).toBe(earliest > atMs);
            if (taken !== undefined) {
              expect(model.get(taken)).toBe(earliest);
              model.delete(taken);
            }
          }
          for (const one of NAMES) expect(table.at(one)).toBe(model.get(one));
          expect(table.nextMs()).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
        }
      }),
      { numRuns: 500, seed: 2 },
    );
  });

  it("gives a timer up when it gives it out, and takes it again", () => {
    const table = new TimerTable(NAMES);
    table.set("b", 5);
    expect(table.takeExpired(4)).toBeUndefined();
    expect(table.takeExpired(5)).toBe("b");
    expect(table.takeExpired(5)).toBeUndefined();
    table.set("b", 1);
    expect(table.takeExpired(9)).toBe("b");
  });

  it("ends when every expired timer is taken, though each sets itself again", () => {
    const table = new TimerTable(NAMES);
    for (const name of NAMES) table.set(name, 1);
    const taken: Name[] = [];
    for (let name = table.takeExpired(10); name !== undefined; name = table.takeExpired(10)) {
      taken.push(name);
      table.set(name, 11);
    }
    expect(taken.sort()).toEqual(["a", "b", "c"]);
  });
});

describe("a retry schedule", () => {
  it("doubles up to its cap, for ever", () => {
    const schedule = { firstMs: 500, capMs: 30_000 };
    const delays = Array.from({ length: 9 }, (_, attempt) => retryDelayMs(schedule, attempt));
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    for (const attempt of [31, 32, 1_000, 2 ** 40]) expect(retryDelayMs(schedule, attempt)).toBe(30_000);
    expect(retryDelayMs({ firstMs: 90, capMs: 50 }, 0)).toBe(50);
  });
});
