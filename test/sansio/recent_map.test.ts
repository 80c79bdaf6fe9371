import fc from "fast-check";
import { expect, it } from "vitest";
import { RecentMap } from "../../src/sansio/mod.ts";

it("knows the last half of its bound, and no more than all of it", () => {
  const step = fc.record({ key: fc.nat(12), isDeleted: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 2, max: 9 }), (steps, maxEntries) => {
      const recent = new RecentMap<number, number>(maxEntries);
      /** The keys in the order of their last setting; one that was deleted keeps its place. */
      let model: { key: number; value: number | undefined }[] = [];
      for (const [value, { key, isDeleted }] of steps.entries()) {
        if (isDeleted) {
          recent.delete(key);
          model = model.map((one) => (one.key === key ? { key, value: undefined } : one));
        } else {
          recent.set(key, value);
          model = [...model.filter((one) => one.key !== key), { key, value }];
        }
        for (const one of model.slice(-Math.floor(maxEntries / 2))) expect(recent.get(one.key)).toBe(one.value);
        const known = Array.from({ length: 13 }, (_, i) => i).filter((i) => recent.has(i));
        expect(known.length).toBeLessThanOrEqual(maxEntries);
        for (const one of known) expect(recent.get(one)).toBe(model.find(({ key: k }) => k === one)?.value);
      }
    }),
    { seed: 61, numRuns: 500 },
  );
});

it("forgets in steps that do not grow with what was forgotten", () => {
  const recent = new RecentMap<number, number>(1_000);
  let kept = 0;
  for (let i = 0; i < 300_000; i++) {
    recent.set(i, i);
    if (recent.get(i - 499) === i - 499) kept++;
  }
  expect(kept).toBe(300_000 - 499);
  expect(recent.get(0)).toBeUndefined();
});
