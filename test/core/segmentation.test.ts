import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_PARTS, planSegments, segmentAt } from "../../src/core/mod.ts";

test("the parts follow each other without gap or overlap, full up to the last one", () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 5_000 }),
    fc.integer({ min: 1, max: 300 }),
    (total, partBytes) => {
      const plan = planSegments(total, partBytes);
      let offset = 0;
      for (let i = 0; i < plan.partCount; i++) {
        const segment = segmentAt(plan, i);
        expect(segment).toMatchObject({ partIndex: i, offset });
        expect(segment.bytes).toBe(i < plan.partCount - 1 ? partBytes : total - offset);
        expect(segment.bytes).toBeGreaterThanOrEqual(1);
        offset += segment.bytes;
      }
      expect(offset).toBe(total);
    },
  );
  fc.assert(property, { seed: 61, numRuns: 300 });
});

test("65,535 parts are the most", () => {
  expect(planSegments(MAX_PARTS, 1).partCount).toBe(MAX_PARTS);
  expect(() => planSegments(MAX_PARTS + 1, 1)).toThrow(/core\/too-many-parts/);
});

test.each([
  [0, 10],
  [10, 0],
  [-1, 10],
  [Number.NaN, 10],
  [10, 2.5],
])("nothing to cut: %f bytes in parts of %f", (total, partBytes) => {
  expect(() => planSegments(total, partBytes)).toThrow(/core\/nothing-to-cut/);
});
