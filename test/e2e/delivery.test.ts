import { expect, it } from "vitest";
import { zstdCompressor } from "../../src/node/zstd.ts";
import { FLAG_COMPRESSED, FLAG_SEGMENTED, type SnapshotPayload } from "../../src/protocols/snapshot/mod.ts";
import { between, seeded } from "../core/seeded.ts";
import { CuttingProxy } from "./cutting_proxy.ts";
import { temporaryFolder } from "./places.ts";
import { ServerProcess } from "./server_process.ts";
import { SessionAgent } from "./session_agent.ts";
import { rowOf, snapshotOf } from "./snapshots.ts";
import { readStore, repeatedIds } from "./stored_snapshots.ts";

/** Small ones, ones near the size at which parts begin, ones of a few parts, and some of many. */
function mixedSnapshots(firstSeed: number, count: number): SnapshotPayload[] {
  return Array.from({ length: count }, (_, i) => {
    const seed = firstSeed + i;
    if (i % 20 === 19) return snapshotOf(seed, 4_000, 200);
    if (i % 5 === 4) return snapshotOf(seed, 800, 100);
    return snapshotOf(seed, 20 + (i % 7) * 30, i % 2 === 0 ? 0 : 40);
  });
}

it("200 snapshots, many in parts, are stored once and whole through cuts and restarts of the server", async () => {
  const dir = temporaryFolder();
  const proxies = await Promise.all([CuttingProxy.open(), CuttingProxy.open()]);
  const flags = ["--heartbeat-interval", "1s"];
  let server = await ServerProcess.start({ dir, flags });
  const random = seeded(20_260_101);
  // Mostly in the middle of a part, since parts are most of what is sent.
  for (const proxy of proxies) {
    proxy.cutAfter(() => between(random, 50_000, 400_000));
    proxy.leadTo(server.port);
  }
  const zstd = await zstdCompressor();
  const agents = [
    new SessionAgent({ agentId: "plain", port: () => proxies[0]!.port }),
    new SessionAgent({ agentId: "packed", port: () => proxies[1]!.port, compressor: zstd }),
  ];
  const sent = new Map(agents.map((agent, i) => [agent, mixedSnapshots(1 + i * 1_000, 100)]));
  const sendUpTo = (from: number, to: number): void => {
    for (const [agent, snapshots] of sent) agent.send(...snapshots.slice(from, to));
  };
  const someAreStored = (count: number): Promise<unknown> =>
    Promise.all(agents.map((agent) => agent.until(`${count} stored`, () => agent.storedIds.length >= count)));

  for (const [round, signal] of (["SIGTERM", "SIGKILL", "SIGTERM", "SIGKILL"] as const).entries()) {
    sendUpTo(round * 20, (round + 1) * 20);
    await someAreStored(round * 20 + 5);
    for (const proxy of proxies) proxy.leadTo(undefined);
    const { code, err } = await server.end(signal);
    if (signal === "SIGTERM") expect(code, err).toBe(0);
    server = await ServerProcess.start({ dir, flags });
    for (const proxy of proxies) proxy.leadTo(server.port);
  }
  sendUpTo(80, 100);
  await Promise.all(agents.map((agent) => agent.settled()));
  expect((await server.end("SIGTERM")).code).toBe(0);

  expect(agents.flatMap(({ refusals }) => refusals)).toEqual([]);
  for (const proxy of proxies) expect(proxy.cuts).toBeGreaterThan(2);
  const stored = await readStore(dir);
  expect(repeatedIds(stored)).toEqual([]);
  expect(stored).toHaveLength(200);
  const rows = new Map(stored.map(({ snapshotId, payload }) => [snapshotId, payload]));
  for (const snapshots of sent.values()) {
    for (const snapshot of snapshots) {
      const row = rowOf(snapshot) as { snapshotId: string };
      expect(rows.get(row.snapshotId)).toEqual(row);
    }
  }
  const flagsOf = (agentId: string): number[] =>
    stored.filter((one) => one.agentId === agentId).map((one) => one.flags);
  expect(flagsOf("plain").every((flag) => (flag & FLAG_COMPRESSED) === 0)).toBe(true);
  expect(flagsOf("packed").filter((flag) => flag === FLAG_COMPRESSED).length).toBeGreaterThan(50);
  expect(flagsOf("plain").filter((flag) => flag === FLAG_SEGMENTED).length).toBeGreaterThanOrEqual(20);
  expect(flagsOf("packed").filter((flag) => flag === (FLAG_SEGMENTED | FLAG_COMPRESSED)).length).toBeGreaterThan(4);
}, 60_000);
