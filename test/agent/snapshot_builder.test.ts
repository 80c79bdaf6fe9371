import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildSnapshot, type SnapshotSelection } from "../../src/agent/snapshot_builder.ts";
import type { MachineSample, ProcessSample } from "../../src/ports/machine_sampler.ts";
import {
  decodeSnapshotColumns,
  encodeSnapshot,
  SELECTION_ALL,
  SELECTION_COMMAND_LINES,
  SELECTION_TRUNCATED,
  snapshotPayload,
} from "../../src/protocols/snapshot/mod.ts";

const ID = new Uint8Array(16).fill(7);
const TOP_100: SnapshotSelection = { all: false, top: 100, cmdline: false, redact: [] };

function process(pid: number, cpuPct: number, cmdline: string | null = null): ProcessSample {
  return { pid, name: `p${pid}`, cpuPct, rssBytes: 4_096, cmdline };
}

function sample(processes: readonly ProcessSample[], more: Partial<MachineSample> = {}): MachineSample {
  return {
    windowStartMs: 1_000,
    windowEndMs: 2_000,
    cpuTotalPct: 10,
    memUsedBytes: 1,
    memTotalBytes: 2,
    processTotal: processes.length,
    processes,
    ...more,
  };
}

describe("selection", () => {
  test("lists the first N and says that the list is cut", () => {
    const built = buildSnapshot(sample([process(1, 1), process(2, 3), process(3, 2)]), ID, { ...TOP_100, top: 2 });
    expect(built.processes.map(({ pid }) => pid)).toEqual([2, 3]);
    expect(built).toMatchObject({ selection: SELECTION_TRUNCATED, processTotal: 3 });
  });

  test("lists all when asked, and counts those that could not be read", () => {
    const all = { ...TOP_100, all: true, top: 1 };
    expect(buildSnapshot(sample([process(1, 1), process(2, 3)]), ID, all).selection).toBe(SELECTION_ALL);
    const some = buildSnapshot(sample([process(1, 1)], { processTotal: 9 }), ID, all);
    expect(some).toMatchObject({ selection: SELECTION_ALL | SELECTION_TRUNCATED, processTotal: 9 });
  });

  test("leaves command lines out unless asked, whatever the sampler gave", () => {
    const [row] = buildSnapshot(sample([process(1, 1, "secret")]), ID, TOP_100).processes;
    expect(row?.cmdline).toBeNull();
    const asked = buildSnapshot(sample([process(1, 1, "open"), process(2, 0)]), ID, { ...TOP_100, cmdline: true });
    expect(asked.selection).toBe(SELECTION_COMMAND_LINES);
    expect(asked.processes.map(({ cmdline }) => cmdline)).toEqual(["open", null]);
  });

  test("masks every match of every pattern", () => {
    const redact = [/(?<=--password[= ])\S+/g, /AKIA\w+/g];
    const cmdline = "db --password=hunter2 --password hunter3 --key AKIA123";
    const [row] = buildSnapshot(sample([process(1, 1, cmdline)]), ID, { ...TOP_100, cmdline: true, redact }).processes;
    expect(row?.cmdline).toBe("db --password=*** --password *** --key ***");
  });

  test("a list too large for a snapshot loses its end, not everything", () => {
    const long = "x".repeat(4_096);
    const processes = Array.from({ length: 5_000 }, (_, i) => process(i, 0, long));
    const built = buildSnapshot(sample(processes), ID, { ...TOP_100, all: true, cmdline: true });
    expect(built.processes.length).toBeLessThan(5_000);
    expect(built.processes.length).toBeGreaterThan(1_000);
    expect(built.selection & SELECTION_TRUNCATED).toBe(SELECTION_TRUNCATED);
    expect(encodeSnapshot(built).length).toBeLessThanOrEqual(16 * 1_048_576);
  });
});

describe("bounds", () => {
  test("order holds for what travels, a float of 32 bits", () => {
    const nearly = 1.000_000_01;
    const built = buildSnapshot(sample([process(9, nearly), process(4, 1)]), ID, TOP_100);
    expect(built.processes.map(({ pid }) => pid)).toEqual([4, 9]);
  });

  test("a clock that was set back leaves an empty window", () => {
    const built = buildSnapshot(sample([], { windowStartMs: 5_000, windowEndMs: 1_000.7 }), ID, TOP_100);
    expect(built).toMatchObject({ windowStartMs: 1_000, windowEndMs: 1_000 });
  });

  test("a machine without memory is no sample", () => {
    expect(() => buildSnapshot(sample([], { memTotalBytes: 0 }), ID, TOP_100)).toThrow(RangeError);
  });

  test("whatever a sampler says becomes a snapshot that a server takes", () => {
    const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, -0, 100.000_001, 2 ** 53, 2 ** 40));
    const anyProcess = fc.record({
      pid: number,
      name: fc.string({ unit: "binary", maxLength: 300 }),
      cpuPct: number,
      rssBytes: number,
      cmdline: fc.option(fc.string({ unit: "binary" })),
    });
    const time = fc.integer({ min: 0, max: 4e12 });
    const anySample = fc.record({
      windowStartMs: time,
      windowEndMs: time,
      cpuTotalPct: number,
      memUsedBytes: number,
      memTotalBytes: fc.oneof(number, fc.integer({ min: 1 })),
      processTotal: number,
      processes: fc.array(anyProcess, { maxLength: 30 }),
    });
    const selection = fc.record({
      all: fc.boolean(),
      top: fc.integer({ min: 1, max: 40 }),
      cmdline: fc.boolean(),
      redact: fc.constantFrom([], [/./g]),
    });
    fc.assert(
      fc.property(anySample, selection, (found, chosen) => {
        fc.pre(found.memTotalBytes >= 1);
        const built = buildSnapshot(found, ID, chosen);
        const decoded = snapshotPayload(decodeSnapshotColumns(encodeSnapshot(built)));
        expect(decoded.processes.length).toBeLessThanOrEqual(chosen.all ? 30 : chosen.top);
        expect(decoded.processes.map(({ cpuPct }) => cpuPct)).toEqual(built.processes.map(({ cpuPct }) => cpuPct));
      }),
      { numRuns: 500 },
    );
  });
});
