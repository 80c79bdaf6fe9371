import { describe, expect, it } from "vitest";
import { CaptureCheck, type Finding } from "../../src/inspect/capture_check.ts";
import type { CaptureItem } from "../../src/inspect/capture_reader.ts";
import { CaptureTotals } from "../../src/inspect/capture_totals.ts";
import { readCapture } from "./read_capture.ts";
import { vector } from "./vectors.ts";

const PARTS: readonly CaptureItem[] = readCapture(vector("snapshot_segmented_zstd").bytes);

function check(items: readonly CaptureItem[]): Finding[] {
  const capture = new CaptureCheck();
  return [...items.flatMap((item) => capture.take(item)), ...capture.atEnd()];
}

/** A part of a made-up snapshot of six. */
function part(agentId: string, snapshotId: string, partIndex: number, partCount = 6): CaptureItem {
  const segment = { snapshotId, partIndex, partCount, totalBytes: partCount, offset: partIndex, bytes: 1 };
  const row = { type: "snapshot", agentId, flags: 2, platform: 2, version: "1.0", timestampUtcMs: 0, segment };
  return { type: "frame", offset: partIndex, frame: new Uint8Array(0), row };
}

describe("CaptureCheck", () => {
  it("finds nothing in a snapshot whose parts are all there", () => {
    expect(check(PARTS)).toEqual([]);
  });

  it("names the parts that are missing, each agent's apart", () => {
    const some = [0, 2, 3, 5].map((index) => part("a", "5a", index));
    const other = [1, 4].map((index) => part("b", "5a", index));
    expect(check([...some, ...other]).map(({ error, offset, detail }) => `${offset} ${error} ${detail}`)).toEqual([
      "0 INCOMPLETE_SNAPSHOT snapshot 5a of a has 4 parts; missing: parts 2, 5 of 6",
      "1 INCOMPLETE_SNAPSHOT snapshot 5a of b has 2 parts; missing: parts 1, 3 to 4, 6 of 6",
    ]);
    const [gappy] = check([1, 3, 5, 7, 9].map((index) => part("a", "5a", index, 12)));
    expect(gappy?.detail).toContain("missing: parts 1, 3, 5, 7, … of 12");
  });

  it("tells of a repeated snapshot once, however many parts come again", () => {
    expect(check([...PARTS, ...PARTS]).map(({ error }) => error)).toEqual(["DUPLICATE_SNAPSHOT"]);
    expect(check([...PARTS, ...PARTS.slice(0, 3)]).map(({ error }) => error)).toEqual(["DUPLICATE_SNAPSHOT"]);
    expect(check([...PARTS, ...PARTS, ...PARTS])).toHaveLength(2);
  });

  it("does not take the same id of another agent for a repeat", () => {
    const whole = (agentId: string): CaptureItem => {
      const [item] = readCapture(vector("snapshot_top100").bytes);
      return item?.type === "frame" ? { ...item, row: { ...item.row, agentId } } : item!;
    };
    expect(check([whole("a"), whole("b")])).toEqual([]);
    expect(check([whole("a"), whole("a")])).toHaveLength(1);
  });

  it("remembers a bounded number of unfinished snapshots and tells of those it gives up", () => {
    const items = Array.from({ length: 5_000 }, (_, i) => part("a", `${i}`, 0));
    const capture = new CaptureCheck();
    const early = items.flatMap((item) => capture.take(item));
    expect(early).toHaveLength(5_000 - 4_096);
    expect(capture.atEnd()).toHaveLength(4_096);
  });
});

describe("CaptureTotals", () => {
  it("counts what is there", () => {
    const totals = new CaptureTotals();
    for (const item of readCapture(vector("stream").bytes)) totals.add(item);
    for (const index of [0, 1]) totals.add(part("b", "5a", index));
    const { frames, snapshots, faults, incomplete } = totals;
    expect({ frames, snapshots, faults, incomplete }).toEqual({ frames: 10, snapshots: 2, faults: 0, incomplete: 1 });
    expect(totals.problems).toBe("1 incomplete snapshot: tidewire check says more");
  });
});
