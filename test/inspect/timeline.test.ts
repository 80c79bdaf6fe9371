import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../src/core/mod.ts";
import { BusiestProcesses } from "../../src/inspect/busiest_processes.ts";
import { OTHER_AGENTS, Timeline } from "../../src/inspect/timeline.ts";
import { TIMELINE_KINDS, type TimelineKind } from "../../src/inspect/timeline_events.ts";
import type { FrameRow } from "../../src/protocols/definition.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { readCapture } from "./read_capture.ts";
import { vector } from "./vectors.ts";

interface SnapshotParts {
  readonly agentId?: string;
  readonly windowMs?: readonly [number, number];
  readonly cpuPct?: number;
  readonly processes?: readonly FrameRow[];
}

function snapshot(messageId: string, snapshotId: string, parts: SnapshotParts = {}): FrameRow {
  const { agentId = "a", windowMs = [0, 0], cpuPct = 1, processes = [] } = parts;
  return {
    type: "snapshot",
    agentId,
    messageId,
    payload: {
      snapshotId,
      windowStartMs: windowMs[0],
      windowEndMs: windowMs[1],
      cpuTotalPct: cpuPct,
      memUsedBytes: 10n,
      memTotalBytes: 20,
      processes,
      extensions: [],
    },
  };
}
const ack = (ackedId: string, status: number, agentId = "a"): FrameRow => ({
  type: "ack",
  agentId,
  payload: { ackedId, status },
});
const throttle = (throttleDelayMs: number): FrameRow => ({
  type: "backpressure",
  agentId: "a",
  payload: { throttleDelayMs },
});

function timelineOf(
  rows: readonly (readonly [timeMs: number, row: FrameRow])[],
  limits?: ConstructorParameters<typeof Timeline>[1],
) {
  const timeline = new Timeline(SNAPSHOT_PROTOCOL, limits);
  rows.forEach(([timeMs, row], i) => {
    timeline.add(i, timeMs, row);
  });
  return timeline;
}

const EVER = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
const ALL: ReadonlySet<TimelineKind> = new Set(TIMELINE_KINDS);

function kinds(timeline: Timeline): string[] {
  return timeline.events(EVER, ALL, 1_000).map(({ kind, row }) => `${row} ${kind}`);
}

describe("Timeline", () => {
  it("tells a first sending from one more try and from a duplicate", () => {
    const rows = [
      [0, snapshot("m1", "s1")],
      [10, snapshot("m1", "s1")],
      [20, ack("m1", 1)],
      [30, snapshot("m1", "s1")],
      [40, snapshot("m2", "s1")],
      [50, snapshot("m1", "s1", { agentId: "b" })],
    ] as const;
    expect(kinds(timelineOf(rows))).toEqual([
      "0 sent",
      "1 retried",
      "2 stored",
      "3 duplicate",
      "4 duplicate",
      "5 sent",
    ]);
  });

  it("measures answers from the first sending", () => {
    const timeline = timelineOf([
      [0, snapshot("m1", "s1")],
      [5, snapshot("m2", "s2")],
      [8, snapshot("m1", "s1")],
      [100, ack("m1", 1)],
      [25, ack("m2", 2)],
      [30, ack("m3", 1)],
    ]);
    expect(timeline.latency(EVER)).toEqual({ answers: 2, medianMs: 100, p99Ms: 100, maxMs: 100, slowestRow: 3 });
    expect(timeline.latency({ fromMs: 0, toMs: 50 })).toMatchObject({ answers: 1, maxMs: 20, slowestRow: 4 });
    expect(timeline.latency({ ...EVER, agentId: "nobody" })).toBeUndefined();
  });

  it("shows where a pace begins and ends", () => {
    const timeline = timelineOf([
      [0, throttle(0)],
      [1, throttle(500)],
      [2, throttle(500)],
      [3, throttle(0)],
    ]);
    expect(timeline.events(EVER, ALL, 9).map(({ row, valueMs }) => [row, valueMs])).toEqual([
      [1, 500],
      [3, 0],
    ]);
  });

  it("finds the time that no window covers", () => {
    const window = (n: number, from: number, to: number): readonly [number, FrameRow] => [
      to,
      snapshot(`m${n}`, `s${n}`, { windowMs: [from, to] }),
    ];
    const timeline = timelineOf([
      window(1, 0, 1_000),
      window(2, 1_000, 2_000),
      window(3, 9_000, 10_000),
      window(4, 10_500, 11_500),
    ]);
    expect(timeline.events(EVER, new Set(["gap"]), 9)).toEqual([
      { kind: "gap", timeMs: 2_000, row: 2, valueMs: 7_000 },
    ]);
  });

  it("gives the load of a machine in the order of time, peaks kept", () => {
    const rows = [30, 10, 20].map(
      (at) => [at, snapshot(`m${at}`, `s${at}`, { windowMs: [at - 5, at], cpuPct: at })] as const,
    );
    const timeline = timelineOf(rows);
    const series = timeline.load("a", EVER, 10);
    expect([[...series.timeMs], [...series.row], series.isThinned]).toEqual([[10, 20, 30], [1, 2, 0], false]);
    expect([...timeline.load("a", EVER, 1).cpuPct]).toEqual([30]);
    expect(timeline.load("nobody", EVER, 10).timeMs.length).toBe(0);
  });

  it("names the busiest processes, by name", () => {
    const process = (pid: number, name: string, cpuPct: number): FrameRow => ({ pid, name, cpuPct, rssBytes: pid });
    const timeline = timelineOf([
      [0, snapshot("m1", "s1", { processes: [process(1, "db", 10), process(2, "db", 30), process(3, "web", 20)] })],
      [1, snapshot("m2", "s2", { processes: [process(9, "web", 10)] })],
      [2, snapshot("m2", "s2", { processes: [process(9, "web", 10)] })],
    ]);
    expect(timeline.busiest("a", 5)).toEqual([
      { name: "db", meanCpuPct: 20, maxCpuPct: 40, maxCpuRow: 0, maxRssBytes: 2, windows: 1 },
      { name: "web", meanCpuPct: 15, maxCpuPct: 20, maxCpuRow: 0, maxRssBytes: 9, windows: 2 },
    ]);
    expect(timeline.busiest("b", 5)).toEqual([]);
  });

  it("makes sense of a real stream, and passes over what has no time", () => {
    const timeline = new Timeline(SNAPSHOT_PROTOCOL);
    readCapture(vector("stream").bytes).forEach((item, i) => {
      if (item.type === "frame") timeline.add(i, Number(item.row["timestampUtcMs"]), item.row);
    });
    const [bucket] = timeline.buckets({ fromMs: timeline.firstMs, toMs: timeline.lastMs + 1 }, Number.MAX_SAFE_INTEGER);
    const { counts } = bucket!;
    expect(counts.sent).toBeGreaterThan(0);
    expect(counts.heartbeat).toBeGreaterThan(0);
    const empty = timelineOf([[Number.NaN, throttle(5)]]);
    expect([kinds(empty), empty.firstMs]).toEqual([[], Number.POSITIVE_INFINITY]);
  });

  it("is bounded, and says so", () => {
    const rows = Array.from(
      { length: 3_000 },
      (_, i) => [i, snapshot(`m${i}`, `s${i}`, { agentId: `agent ${i % 2}` })] as const,
    );
    const timeline = timelineOf(rows, { maxEvents: 1_500, maxLoads: 400 });
    expect([timeline.droppedEvents, timeline.droppedLoads]).toEqual([1_500, 2_600]);
    expect(timeline.events(EVER, ALL, 10_000).length).toBe(1_500);
    expect(() => timeline.buckets({ fromMs: 0, toMs: 20_000 }, 1)).toThrow(ProtocolError);
    const many = timelineOf(
      Array.from({ length: 10_005 }, (_, i) => [i, { type: "heartbeat", agentId: `${i}` }] as const),
    );
    expect([many.agents.length, many.agents.at(-1)]).toEqual([10_001, OTHER_AGENTS]);
    expect(many.events({ ...EVER, agentId: OTHER_AGENTS }, ALL, 99).length).toBe(5);
  });

  it("each event is in one bucket, and each bucket's first row is one of its own", () => {
    const moment = fc.tuple(
      fc.nat(500),
      fc.oneof(
        fc.constantFrom("m1", "m2", "m3").map((id) => snapshot(id, id)),
        fc.constantFrom("m1", "m2").map((id) => ack(id, 1)),
        fc.nat(3).map(throttle),
        fc.constant({ type: "heartbeat", agentId: "b" }),
      ),
    );
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 40 }), fc.integer({ min: 1, max: 90 }), (rows, widthMs) => {
        const timeline = timelineOf(rows);
        const query = { fromMs: 100, toMs: 400 };
        const buckets = timeline.buckets(query, widthMs);
        for (const { startMs, counts, firstRow } of buckets) {
          const end = Math.min(startMs + widthMs, query.toMs);
          const events = timeline.events({ fromMs: startMs, toMs: end }, ALL, 1_000);
          for (const kind of TIMELINE_KINDS)
            expect(counts[kind]).toBe(events.filter((one) => one.kind === kind).length);
          expect(firstRow).toBe(events.length === 0 ? undefined : Math.min(...events.map(({ row }) => row)));
        }
      }),
      { seed: 13, numRuns: 200 },
    );
  });
});

it("BusiestProcesses keeps the busiest when there are too many names", () => {
  const busiest = new BusiestProcesses();
  for (let i = 0; i < 1_000; i++) {
    busiest.add(i, [
      { pid: 1, name: "always", cpuPct: 5, rssBytes: 1 },
      { pid: 2, name: `once ${i}`, cpuPct: 1, rssBytes: 1 },
    ]);
  }
  expect(busiest.top(1)).toMatchObject([{ name: "always", meanCpuPct: 5, windows: 1_000 }]);
  expect(busiest.top(10_000).length).toBe(256);
});
