import { expect, it } from "vitest";
import { zstdCompressor } from "../../src/node/zstd.ts";
import { encodeSnapshot, MAX_SNAPSHOT_BYTES, TARGET_SNAPSHOT_BYTES } from "../../src/protocols/snapshot/mod.ts";
import { AgentProcess } from "./agent_process.ts";
import { CuttingProxy } from "./cutting_proxy.ts";
import { temporaryFolder } from "./places.ts";
import { RawPeer } from "./raw_peer.ts";
import { ServerProcess } from "./server_process.ts";
import { SessionAgent } from "./session_agent.ts";
import { rowOf, snapshotOf } from "./snapshots.ts";
import { readStore, repeatedIds } from "./stored_snapshots.ts";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it("a server that stands still and goes on loses and repeats nothing", async () => {
  const dir = temporaryFolder();
  const server = await ServerProcess.start({ dir, flags: ["--heartbeat-interval", "300ms"] });
  const agent = new AgentProcess(server.address, "--interval", "100ms", "--top", "30", "--drain-timeout", "20s");
  await agent.until("some stored", () => agent.all("stored").length >= 3);
  for (let round = 0; round < 2; round++) {
    const before = agent.all("disconnected").length;
    server.kill("SIGSTOP");
    // Three silent heartbeat intervals (spec §6.6, which the agent holds the server to as well).
    await agent.until("the agent leaves", () => agent.all("disconnected").length > before);
    await sleep(1_000);
    server.kill("SIGCONT");
    const stored = agent.all("stored").length;
    await agent.until("it goes on", () => agent.all("stored").length >= stored + 5);
  }
  expect((await agent.end("SIGTERM")).code).toBe(0);
  await server.end("SIGTERM");
  const stored = await readStore(dir);
  expect(repeatedIds(stored)).toEqual([]);
  expect(stored.map(({ snapshotId }) => snapshotId).sort()).toEqual(agent.sampledIds.sort());
}, 60_000);

it("an agent that stands still is dropped as idle, comes back, and loses nothing", async () => {
  const dir = temporaryFolder();
  const server = await ServerProcess.start({ dir, flags: ["--heartbeat-interval", "300ms"] });
  const agent = new AgentProcess(server.address, "--interval", "100ms", "--top", "30");
  await agent.until("some stored", () => agent.all("stored").length >= 3);
  agent.kill("SIGSTOP");
  await server.event("disconnected", ({ reason }) => reason === "idle-timeout");
  agent.kill("SIGCONT");
  await agent.until("two connections", () => agent.all("connected").length === 2);
  expect((await agent.end("SIGTERM")).code).toBe(0);
  await server.end("SIGTERM");
  expect((await readStore(dir)).map(({ snapshotId }) => snapshotId)).toEqual(agent.sampledIds);
});

it("what a peer sent before it closed its side is stored", async () => {
  const dir = temporaryFolder();
  const server = await ServerProcess.start({ dir });
  const peer = await RawPeer.welcome(server.port, "brief");
  const frames = [1, 2, 3].map((seed) => peer.snapshot(snapshotOf(seed, 50)));
  peer.write(...frames, ...peer.parts(snapshotOf(4, 3_000)));
  peer.finish();
  await server.event("disconnected");
  await server.until("four stored", () => server.all("stored").length === 4);
  await server.end("SIGTERM");
  expect((await readStore(dir)).map(({ payload }) => payload)).toEqual(
    [1, 2, 3].map((seed) => rowOf(snapshotOf(seed, 50))).concat(rowOf(snapshotOf(4, 3_000))),
  );
});

it("a peer that reads nothing is closed before the server holds much for it", async () => {
  const server = await ServerProcess.start({ dir: temporaryFolder() });
  const peer = await RawPeer.welcome(server.port, "deaf");
  const frame = peer.snapshot(snapshotOf(1, 0));
  peer.write(frame);
  await peer.ackOf(frame);
  peer.pause();
  // Each is a known one, answered at once.
  const many = Buffer.concat(Array.from({ length: 4_000 }, () => frame));
  const closed = (): boolean => server.all("disconnected").length > 0;
  for (let i = 0; i < 200 && !closed(); i++) await peer.written(many);
  await server.event("disconnected", ({ reason }) => reason === "slow-reader");
  expect(await server.metric("process_resident_memory_bytes")).toBeLessThan(400 * 1024 * 1024);
}, 40_000);

it("the largest snapshot there is arrives, in 256 parts and packed; a larger one is refused for good", async () => {
  const dir = temporaryFolder();
  const server = await ServerProcess.start({ dir });
  const largest = snapshotOf(1, 4_000, 4_000);
  const rows = [...largest.processes];
  const bytesOf = (): number => encodeSnapshot({ ...largest, processes: rows }).length;
  expect(bytesOf()).toBeLessThan(MAX_SNAPSHOT_BYTES);
  // One name takes what is left, to the byte.
  const roomy = rows.findIndex(({ name }) => name.startsWith("worker"));
  const missing = MAX_SNAPSHOT_BYTES - bytesOf();
  const grow = (by: number): void => {
    rows[roomy] = { ...rows[roomy]!, name: rows[roomy]!.name + "x".repeat(by) };
  };
  // A longer name takes up to three bytes more to say its length.
  grow(missing - 3);
  while (bytesOf() < MAX_SNAPSHOT_BYTES) grow(1);
  expect(bytesOf()).toBe(MAX_SNAPSHOT_BYTES);
  const full = { ...largest, processes: rows };
  for (const options of [{ agentId: "plain" }, { agentId: "packed", compressor: await zstdCompressor() }]) {
    const agent = new SessionAgent({ ...options, port: () => server.port });
    agent.send(full, snapshotOf(2, 10));
    await agent.settled();
    expect(agent.refusals).toEqual([]);
    expect(agent.events.filter(({ type }) => type === "established")).toHaveLength(1);
  }
  // The encoder makes none that is larger; whoever says that one is coming is refused at its first part.
  const peer = await RawPeer.welcome(server.port, "over");
  const part = peer.part({
    snapshotId: new Uint8Array(16).fill(9),
    partIndex: 0,
    partCount: 257,
    totalBytes: MAX_SNAPSHOT_BYTES + 1,
    offset: 0,
    slice: new Uint8Array(TARGET_SNAPSHOT_BYTES),
  });
  peer.write(part);
  expect(await peer.ackOf(part)).toBe("PAYLOAD_TOO_LARGE");
  await server.end("SIGTERM");
  const stored = await readStore(dir);
  expect(stored.map(({ agentId }) => agentId)).toEqual(["plain", "plain", "packed", "packed"]);
  for (const { payload } of [stored[0]!, stored[2]!]) expect(payload).toEqual(rowOf(full));
  expect(stored[0]!.frames).toHaveLength(256);
}, 60_000);

it("snapshots over the window stay unanswered and are counted, and the connection goes on", async () => {
  const dir = temporaryFolder();
  const flags = ["--max-unstored", "4", "--max-batch-delay", "1s"];
  const server = await ServerProcess.start({ dir, flags });
  const peer = await RawPeer.welcome(server.port, "greedy");
  const frames = Array.from({ length: 10 }, (_, i) => peer.snapshot(snapshotOf(i + 1, 5)));
  peer.write(...frames);
  await peer.heard();
  expect(await server.metric('tidewire_protocol_errors_total{reason="snapshot/window-exceeded"}')).toBe(6);
  for (const frame of frames.slice(0, 4)) expect(await peer.ackOf(frame)).toBe("stored");
  expect(peer.acks).toHaveLength(4);
  peer.write(...frames.slice(4, 8));
  expect(await peer.ackOf(frames[7]!)).toBe("stored");
  expect(peer.errors).toEqual([]);
});

it("an agent that reconnects in a storm, with parts under way each time, is stored once", async () => {
  const dir = temporaryFolder();
  const server = await ServerProcess.start({ dir });
  const proxy = await CuttingProxy.open(server.port);
  const agent = new SessionAgent({ agentId: "storm", port: () => proxy.port });
  const snapshots = Array.from({ length: 40 }, (_, i) => snapshotOf(i + 1, i % 2 === 0 ? 5_000 : 20));
  agent.send(...snapshots);
  // Others with its id come and go meanwhile, each with parts of the same snapshots.
  for (let i = 0; i < 20; i++) {
    const twin = await RawPeer.welcome(server.port, "storm");
    twin.write(...twin.parts(snapshots[i * 2]!).slice(0, 2));
    await sleep(20);
    if (i % 3 === 0) proxy.cutAll();
    twin.destroy();
  }
  await agent.settled(30_000);
  await server.end("SIGTERM");
  const stored = await readStore(dir);
  expect(repeatedIds(stored)).toEqual([]);
  const rows = new Map(stored.map(({ snapshotId, payload }) => [snapshotId, payload]));
  expect(rows.size).toBe(40);
  for (const snapshot of snapshots) {
    const row = rowOf(snapshot) as { snapshotId: string };
    expect(rows.get(row.snapshotId)).toEqual(row);
  }
}, 60_000);
