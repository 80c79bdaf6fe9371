import { describe, expect, it } from "vitest";
import { type CompareStep, compareCaptures } from "../../src/inspect/compare_captures.ts";
import { fillTimeline } from "../../src/inspect/fill_timeline.ts";
import { setBytes } from "../../src/inspect/frame_edit.ts";
import { readRow } from "../../src/inspect/read_row.ts";
import { Timeline } from "../../src/inspect/timeline.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { SNAPSHOT_DEMO_PROTOCOL } from "../../src/protocols/snapshot_demo/protocol.ts";
import { indexedCapture } from "./indexed_capture.ts";
import { VECTORS, vector } from "./vectors.ts";

const joined = (pieces: readonly Uint8Array[]): Uint8Array => Uint8Array.from(pieces.flatMap((piece) => [...piece]));
const EVERYTHING = joined(VECTORS.map(({ bytes }) => bytes));
const EVER = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };

async function steps(left: Uint8Array, right: Uint8Array): Promise<CompareStep[]> {
  const found: CompareStep[] = [];
  for await (const step of compareCaptures(indexedCapture(left), indexedCapture(right))) found.push(step);
  return found;
}

describe("compareCaptures", () => {
  it("finds a capture the same as itself, and says how far it is", async () => {
    const found = await steps(EVERYTHING, EVERYTHING);
    const { rows } = indexedCapture(EVERYTHING).index;
    expect(found.flatMap(({ results }) => results).map(({ type }) => type)).toEqual(Array(rows).fill("same"));
    expect(found.at(-1)).toMatchObject({ side: "right", nextRow: rows, forgotten: 0 });
  });

  it("finds the one message that was changed, and the one that was taken out", async () => {
    const [ack, beat, stream] = ["ack_stored", "heartbeat", "snapshot_top100"].map((name) => vector(name).bytes);
    const changed = setBytes(SNAPSHOT_PROTOCOL, ack!, { start: 12, end: 13 }, Uint8Array.of(3), "recompute");
    const found = await steps(joined([ack!, beat!, stream!]), joined([stream!, changed]));
    expect(found.flatMap(({ results }) => results)).toEqual([
      { type: "same", left: 2, right: 0 },
      { type: "different", left: 0, right: 1 },
      { type: "onlyLeft", left: 1 },
    ]);
  });
});

describe("fillTimeline", () => {
  it("takes every row that can be decoded, as if they were read one by one", async () => {
    for (const contents of [true, false]) {
      const capture = indexedCapture(EVERYTHING, "snapshot", contents);
      const [filled, expected] = [new Timeline(SNAPSHOT_PROTOCOL), new Timeline(SNAPSHOT_PROTOCOL)];
      let last = 0;
      for await (const nextRow of fillTimeline(capture, filled)) last = nextRow;
      for (let row = 0; row < capture.index.rows; row++) {
        const detail = await readRow(capture, row);
        if (detail.error === undefined) expected.add(row, capture.index.timeMs(row), detail.row);
      }
      const all = new Set([
        "sent",
        "retried",
        "duplicate",
        "stored",
        "refused",
        "throttled",
        "heartbeat",
        "gap",
      ] as const);
      expect(last).toBe(capture.index.rows);
      expect(filled.events(EVER, all, 1_000)).toEqual(expected.events(EVER, all, 1_000));
      expect(filled.events(EVER, all, 1_000).length).toBeGreaterThan(10);
    }
  });

  it("passes over rows of another protocol", async () => {
    const timeline = new Timeline(SNAPSHOT_DEMO_PROTOCOL);
    for await (const _ of fillTimeline(indexedCapture(EVERYTHING), timeline));
    expect(timeline.agents).toEqual([]);
  });
});
