import { expect, it } from "vitest";
import { LatestSnapshots } from "../../src/ingest/latest_snapshots.ts";
import { processOf, storedFrame } from "../node/stored_frames.ts";

function record(agentId: string, cpuTotalPct: number, processes = 1, padding = 0) {
  const rows = Array.from({ length: processes }, (_, i) => processOf(i + 1, `p${i}`, 50 - i / 10, "x".repeat(padding)));
  const frame = storedFrame({ agentId, atMs: 5_000, cpuTotalPct, processes: rows });
  return { agentId, snapshotId: new Uint8Array(16), frames: [frame], frameBytes: frame.length };
}

it("keeps the latest of each agent, the one heard of last first, with ten processes at most", () => {
  const latest = new LatestSnapshots(undefined);
  latest.note(record("a", 1), 10);
  latest.note(record("b", 2, 25), 20);
  latest.note(record("a", 3), 30);
  expect(latest.size).toBe(2);
  const overviews = latest.overviews(10);
  expect(overviews).toMatchObject([
    { agentId: "a", cpuPct: 3, lastSeenMs: 30, windowEndMs: 5_000, memUsedBytes: 2 ** 30, processTotal: 101 },
    { agentId: "b", cpuPct: 2, lastSeenMs: 20, processTotal: 125 },
  ]);
  expect(overviews[1]!.processes.map(({ name }) => name)).toEqual(Array.from({ length: 10 }, (_, i) => `p${i}`));
  expect(JSON.stringify(overviews)).not.toContain("cmdline");
  expect(latest.overviews(1).map(({ agentId }) => agentId)).toEqual(["a"]);
});

it("holds 32 MiB at most: who was silent for longest goes first", () => {
  const latest = new LatestSnapshots(undefined);
  // Frames of 250 kB, near the largest there are.
  for (let i = 0; i < 200; i++) latest.note(record(`agent-${i}`, 1, 1, 250_000), i);
  expect(latest.size).toBeGreaterThan(120);
  expect(latest.size).toBeLessThan(140);
  expect(latest.overviews(1)[0]!.agentId).toBe("agent-199");
});
