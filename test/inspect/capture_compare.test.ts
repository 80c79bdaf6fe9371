import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CaptureCompare, type Compared } from "../../src/inspect/capture_compare.ts";
import { captureRow } from "../../src/inspect/capture_row.ts";
import { fieldDifferences } from "../../src/inspect/field_differences.ts";
import type { FrameRow } from "../../src/protocols/definition.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { readCapture } from "./read_capture.ts";
import { vector } from "./vectors.ts";

function compared(left: readonly FrameRow[], right: readonly FrameRow[], max?: number): Compared[] {
  const compare = new CaptureCompare(SNAPSHOT_PROTOCOL, max);
  left.forEach((row, i) => {
    compare.addLeft(i, row);
  });
  return [...right.map((row, i) => compare.addRight(i, row)), ...compare.finish()];
}

const rowsOf = (name: string): FrameRow[] => readCapture(vector(name).bytes).map((item) => captureRow(item));
const beat = (messageId: string, queued: number): FrameRow => ({ type: "heartbeat", messageId, payload: { queued } });

describe("CaptureCompare", () => {
  it("finds a capture the same as itself, wherever its frames stand", () => {
    const rows = rowsOf("stream");
    const moved = rows.map((row) => ({ ...row, offset: Number(row["offset"]) + 500 }));
    expect(compared(rows, moved).every(({ type }) => type === "same")).toBe(true);
  });

  it("tells what is on one side only, and what says something else", () => {
    const left = [beat("a", 1), beat("b", 1), beat("c", 1)];
    const right = [beat("c", 1), beat("d", 1), beat("b", 2)];
    expect(compared(left, right)).toEqual([
      { type: "same", left: 2, right: 0 },
      { type: "onlyRight", right: 1 },
      { type: "different", left: 1, right: 2 },
      { type: "onlyLeft", left: 0 },
    ]);
  });

  it("matches repetitions in their order, and counts them", () => {
    const left = [beat("a", 1), beat("a", 2), beat("a", 3)];
    expect(compared(left, [beat("a", 1), beat("a", 2)])).toEqual([
      { type: "same", left: 0, right: 0 },
      { type: "same", left: 1, right: 1 },
      { type: "onlyLeft", left: 2 },
    ]);
    expect(compared([beat("a", 1)], left).map(({ type }) => type)).toEqual(["same", "onlyRight", "onlyRight"]);
  });

  it("matches what has no id by what it says", () => {
    const fault = { offset: 3, error: "CRC_MISMATCH" };
    expect(compared([fault], [{ ...fault, offset: 9 }])).toEqual([{ type: "same", left: 0, right: 0 }]);
    expect(compared([fault], [{ offset: 3, error: "TRUNCATED" }]).map(({ type }) => type)).toEqual([
      "onlyRight",
      "onlyLeft",
    ]);
  });

  it("says nothing for sure of what is over its bound", () => {
    const rows = Array.from({ length: 2_000 }, (_, i) => beat(`${i}`, 1));
    const results = compared(rows, rows, 1_500);
    expect(results.filter(({ type }) => type === "same").length).toBe(1_500);
    expect(results.filter(({ type }) => type === "unknown").length).toBe(500);
  });

  it("is a multiset difference, whatever the captures hold", () => {
    const rows = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(1)), { maxLength: 12 });
    fc.assert(
      fc.property(rows, rows, (left, right) => {
        const results = compared(
          left.map(([id, n]) => beat(id, n)),
          right.map(([id, n]) => beat(id, n)),
        );
        const lefts = results.flatMap((one) => ("left" in one ? [one.left] : [])).sort((a, b) => a - b);
        const rights = results.flatMap((one) => ("right" in one ? [one.right] : [])).sort((a, b) => a - b);
        expect(lefts).toEqual(left.map((_, i) => i));
        expect(rights).toEqual(right.map((_, i) => i));
        for (const id of ["a", "b", "c"]) {
          const count = (list: typeof left): number => list.filter(([one]) => one === id).length;
          const paired = results.filter((one) => "left" in one && "right" in one && left[one.left]![0] === id).length;
          expect(paired).toBe(Math.min(count(left), count(right)));
        }
        for (const one of results) {
          if (one.type === "same") expect(left[one.left]).toEqual(right[one.right]);
          if (one.type === "different") expect(left[one.left]).not.toEqual(right[one.right]);
        }
      }),
      { seed: 17, numRuns: 500 },
    );
  });
});

describe("fieldDifferences", () => {
  it("names the fields, both values, and what is on one side only", () => {
    const left = { offset: 1, type: "ack", payload: { status: 1, detail: "", extensions: [] }, only: 5 };
    const right = {
      offset: 2,
      type: "ack",
      payload: { status: 2n, detail: "x", extensions: [{ tag: 70, bytes: "00" }] },
    };
    expect(fieldDifferences(left, right).differences).toEqual([
      { path: "payload.status", left: 1, right: 2n },
      { path: "payload.detail", left: "", right: "x" },
      { path: "payload.extensions[tag=70]", left: undefined, right: { tag: 70, bytes: "00" } },
      { path: "only", left: 5, right: undefined },
    ]);
    expect(fieldDifferences({ a: 5 }, { a: 5n }).differences).toEqual([]);
  });

  it("matches processes by their pid", () => {
    const [row] = rowsOf("snapshot_top100") as unknown as [{ payload: { processes: FrameRow[] } } & FrameRow];
    const [first, ...rest] = row.payload.processes;
    const changed = { ...row, payload: { ...row.payload, processes: rest.with(3, { ...rest[3]!, name: "other" }) } };
    const { differences } = fieldDifferences(row, changed);
    expect(differences.map(({ path }) => path)).toEqual([
      `payload.processes[pid=${first!["pid"]}]`,
      `payload.processes[pid=${rest[3]!["pid"]}].name`,
    ]);
  });

  it("matches by place what has the same first field twice", () => {
    const twice = (name: string): FrameRow => ({
      list: [
        { pid: 1, name: "a" },
        { pid: 1, name },
      ],
    });
    expect(fieldDifferences(twice("b"), twice("c")).differences).toEqual([
      { path: "list[1].name", left: "b", right: "c" },
    ]);
    expect(fieldDifferences({ list: [{ pid: 1, name: "a" }] }, twice("a")).differences.map(({ path }) => path)).toEqual(
      ["list[1]"],
    );
  });

  it("is bounded", () => {
    const list = (value: number): FrameRow => ({ list: Array.from({ length: 1_500 }, () => value) });
    const { differences, isCut } = fieldDifferences(list(1), list(2));
    expect([differences.length, isCut]).toEqual([1_000, true]);
  });

  it("is empty exactly when the rows are equal", () => {
    const valuesOf = (item: (tie: fc.LetrecTypedTie<Shapes>) => fc.Arbitrary<unknown>): fc.Arbitrary<FrameRow> =>
      fc.letrec<Shapes>((tie) => ({
        value: fc.oneof({ maxDepth: 3 }, fc.nat(2), fc.constantFrom("a", "b", null), tie("list"), tie("fields")),
        list: fc.array(item(tie), { maxLength: 3 }),
        fields: fc.dictionary(fc.constantFrom("x", "y"), tie("value"), { noNullPrototype: true }),
      })).fields as fc.Arbitrary<FrameRow>;
    const plain = valuesOf(() => fc.nat(2));
    fc.assert(
      fc.property(
        plain,
        plain,
        valuesOf((tie) => tie("value")),
        (left, right, any) => {
          const isEqual = fieldDifferences(left, right).differences.length === 0;
          expect(isEqual).toBe(sortedText(left) === sortedText(right));
          expect(fieldDifferences(any, any).differences).toEqual([]);
        },
      ),
      { seed: 23, numRuns: 500 },
    );
  });
});

interface Shapes {
  readonly value: unknown;
  readonly list: unknown;
  readonly fields: unknown;
}

function sortedText(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${name}:${sortedText(field)}`).join()}}`;
}
