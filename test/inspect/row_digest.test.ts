import fc from "fast-check";
import { expect, it } from "vitest";
import { jsonLine } from "../../src/inspect/json_line.ts";
import { rowDigest, textDigest } from "../../src/inspect/row_digest.ts";
import type { FrameRow } from "../../src/protocols/definition.ts";

const rows = fc.letrec<{ value: unknown; fields: FrameRow }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.bigInt({ min: 2n ** 60n, max: 2n ** 64n }),
    fc.string({ maxLength: 3 }),
    fc.constantFrom(null, true, false),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("fields"),
  ),
  fields: fc.dictionary(fc.constantFrom("a", "b"), tie("value"), { noNullPrototype: true }) as fc.Arbitrary<FrameRow>,
})).fields;

it("is the same for rows that say the same, and another one for all others", () => {
  const seen = new Map<number, string>();
  fc.assert(
    fc.property(rows, (row) => {
      const text = jsonLine(row);
      const digest = rowDigest(row);
      expect(rowDigest(structuredClone(row))).toBe(digest);
      expect(seen.get(digest) ?? text).toBe(text);
      seen.set(digest, text);
    }),
    { seed: 53, numRuns: 3_000 },
  );
});

it("tells apart what differs in few bits, twice", () => {
  const digests = new Set<number>();
  for (let i = 0; i < 300; i++)
    for (let j = 0; j < 300; j++) digests.add(rowDigest({ list: [i, -i, j * 2 ** 31, -j * 2 ** 31] }));
  expect(digests.size).toBe(300 * 300);
});

it("does not look at where a row stands, and is a safe integer", () => {
  expect(rowDigest({ offset: 1, stream: "a", type: "ack" })).toBe(rowDigest({ type: "ack" }));
  expect(rowDigest({ a: [] })).not.toBe(rowDigest({ a: {} }));
  expect(textDigest("ab")).not.toBe(textDigest("ba"));
  expect(Number.isSafeInteger(textDigest("x".repeat(1_000)))).toBe(true);
});
