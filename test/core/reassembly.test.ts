import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planSegments, Reassembly, type SegmentHeader, segmentAt } from "../../src/core/mod.ts";
import { ReassemblyModel } from "./reassembly_model.ts";
import { between, seeded } from "./seeded.ts";

const LIMIT = 16_777_216;

function partsOf(totalBytes: number, partBytes: number): SegmentHeader[] {
  const plan = planSegments(totalBytes, partBytes);
  return Array.from({ length: plan.partCount }, (_, i) => ({
    ...segmentAt(plan, i),
    partCount: plan.partCount,
    totalBytes,
  }));
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (let i = 0; i < items.length; i++) {
    for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)])) yield [items[i]!, ...rest];
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = between(random, 0, i);
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}

describe("parts in any order", () => {
  test.each([1, 2, 3, 4, 5, 6])("all permutations of %i parts", (count) => {
    const parts = partsOf(count * 10 - 3, 10);
    expect(parts).toHaveLength(count);
    for (const order of permutations(parts)) {
      const reassembly = new Reassembly(LIMIT);
      order.forEach((part, i) => {
        expect(reassembly.accept(part)).toBe(i === count - 1 ? "complete" : "accepted");
        expect(reassembly.accept(part)).toBe("duplicate");
        expect(reassembly.receivedParts).toBe(i + 1);
      });
      expect(reassembly.receivedBytes).toBe(count * 10 - 3);
      expect(reassembly.isComplete).toBe(true);
      expect(reassembly.gaps()).toEqual([]);
      reassembly.clear();
    }
  });

  test("as many parts as there can be, in a random order", () => {
    const parts = shuffled(partsOf(65_535 * 3, 3), seeded(51));
    const reassembly = new Reassembly(LIMIT);
    parts.forEach((part, i) => {
      const outcome = reassembly.accept(part);
      if (outcome !== (i === 65_534 ? "complete" : "accepted")) expect.fail(`${outcome} for part ${i}`);
    });
    expect(reassembly.receivedBytes).toBe(65_535 * 3);
    expect(reassembly.heldBytes).toBeLessThanOrEqual(16 + 12 * 65_536);
    reassembly.clear();
    expect(reassembly.heldBytes).toBe(0);
  });

  test("several messages at once, part by part in turns", () => {
    const random = seeded(52);
    const messages = [300, 1_000, 77, 4_096].map((total) => ({
      parts: shuffled(partsOf(total, 7), random),
      reassembly: new Reassembly(LIMIT),
    }));
    for (let round = 0; messages.some(({ reassembly }) => !reassembly.isComplete); round++) {
      for (const { parts, reassembly } of messages) {
        const part = parts[round];
        if (part === undefined) continue;
        expect(reassembly.accept(part)).toBe(round === parts.length - 1 ? "complete" : "accepted");
        expect(reassembly.accept(parts[between(random, 0, round)]!)).toBe("duplicate");
      }
    }
    for (const { reassembly } of messages) expect(reassembly.gaps()).toEqual([]);
  });
});

describe("contradictions", () => {
  const first: SegmentHeader = { partIndex: 2, partCount: 5, totalBytes: 100, offset: 40, bytes: 20 };

  test.each<[string, Partial<SegmentHeader>]>([
    ["another number of parts", { partIndex: 3, offset: 60, partCount: 6 }],
    ["another total", { partIndex: 3, offset: 60, totalBytes: 101 }],
    ["the same part elsewhere", { offset: 41 }],
    ["the same part, longer", { bytes: 21 }],
    ["the next part with a gap", { partIndex: 3, offset: 61 }],
    ["the next part overlapping", { partIndex: 3, offset: 59 }],
    ["the part before with a gap", { partIndex: 1, offset: 19 }],
    ["no room for the part between", { partIndex: 4, offset: 60, bytes: 40 }],
    ["no room for the part before", { partIndex: 1, offset: 0, bytes: 40 }],
    ["the first part not at the start", { partIndex: 0, offset: 1, bytes: 10 }],
    ["the last part not to the end", { partIndex: 4, offset: 70, bytes: 29 }],
    ["over the end", { partIndex: 4, offset: 70, bytes: 31 }],
    ["a part index that is not below the count", { partIndex: 5, offset: 60 }],
    ["an empty slice", { partIndex: 3, offset: 60, bytes: 0 }],
    ["an overflow of 32 bits", { partIndex: 3, offset: 60, bytes: 0xffff_ffff }],
    ["a number that is no u32", { partIndex: 3, offset: 60.5 }],
    ["a negative one", { partIndex: 3, offset: -1 }],
  ])("%s", (_, change) => {
    const reassembly = new Reassembly(LIMIT);
    expect(reassembly.accept(first)).toBe("accepted");
    expect(reassembly.accept({ ...first, ...change })).toBe("conflict");
    expect(reassembly.receivedParts).toBe(1);
    expect(reassembly.receivedBytes).toBe(20);
    expect(reassembly.accept(first)).toBe("duplicate");
  });

  test("a part that contradicts itself, before any other", () => {
    const alone = { partIndex: 0, partCount: 2, totalBytes: 10, offset: 0, bytes: 5 };
    for (const change of [
      { partCount: 0 },
      { partCount: 65_536 },
      { partIndex: 2 },
      { bytes: 10 },
      { bytes: 11 },
      { offset: 1 },
      { totalBytes: 1, bytes: 1 },
      { partIndex: 1 },
    ]) {
      expect(new Reassembly(LIMIT).accept({ ...alone, ...change })).toBe("conflict");
    }
    expect(new Reassembly(LIMIT).accept(alone)).toBe("accepted");
  });

  test("a message over the limit", () => {
    const reassembly = new Reassembly(100);
    expect(reassembly.accept({ ...first, totalBytes: 101 })).toBe("tooLarge");
    expect(reassembly.accept(first)).toBe("accepted");
    expect(reassembly.totalBytes).toBe(100);
    expect(reassembly.partCount).toBe(5);
  });
});

test("gaps: before, between and after", () => {
  const reassembly = new Reassembly(LIMIT);
  expect(reassembly.gaps()).toEqual([]);
  const parts = partsOf(100, 10);
  for (const i of [3, 4, 7]) reassembly.accept(parts[i]!);
  expect(reassembly.gaps()).toEqual([
    { fromPart: 0, toPart: 3, fromOffset: 0, toOffset: 30 },
    { fromPart: 5, toPart: 7, fromOffset: 50, toOffset: 70 },
    { fromPart: 8, toPart: 10, fromOffset: 80, toOffset: 100 },
  ]);
});

test("against the model: parts that are right, shifted, doubled and wrong, in two reassemblies by turns", () => {
  const change = fc.record({
    partIndex: fc.integer({ min: -1, max: 1 }),
    partCount: fc.integer({ min: -1, max: 1 }),
    totalBytes: fc.integer({ min: -1, max: 1 }),
    offset: fc.integer({ min: -2, max: 2 }),
    bytes: fc.integer({ min: -2, max: 2 }),
  });
  const step = fc.record({
    which: fc.boolean(),
    part: fc.nat({ max: 11 }),
    change: fc.option(change, { freq: 2 }),
  });
  const property = fc.property(
    fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 }),
    fc.array(step, { maxLength: 40 }),
    (sizes, steps) => {
      const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
      const parts = sizes.map((bytes, partIndex) => {
        const offset = sizes.slice(0, partIndex).reduce((sum, size) => sum + size, 0);
        return { partIndex, partCount: sizes.length, totalBytes, offset, bytes };
      });
      const sides = [0, 1].map(() => ({ model: new ReassemblyModel(), reassembly: new Reassembly(LIMIT) }));
      for (const { which, part, change } of steps) {
        const { model, reassembly } = sides[Number(which)]!;
        const right = parts[part % parts.length]!;
        const sent: SegmentHeader = {
          partIndex: Math.max(0, right.partIndex + (change?.partIndex ?? 0)),
          partCount: right.partCount + (change?.partCount ?? 0),
          totalBytes: right.totalBytes + (change?.totalBytes ?? 0),
          offset: Math.max(0, right.offset + (change?.offset ?? 0)),
          bytes: Math.max(0, right.bytes + (change?.bytes ?? 0)),
        };
        expect(reassembly.accept(sent)).toBe(model.accept(sent));
      }
      for (const { reassembly } of sides) reassembly.clear();
    },
  );
  fc.assert(property, { seed: 53, numRuns: 3_000 });
});
