import { expect, it } from "vitest";
import { AgentProcess } from "./agent_process.ts";
import { CuttingProxy } from "./cutting_proxy.ts";
import { temporaryFolder } from "./places.ts";
import { ServerProcess } from "./server_process.ts";
import { SessionServer } from "./session_server.ts";
import { readStore, repeatedIds } from "./stored_snapshots.ts";

// What is promised of an agent that keeps nothing on disk; the spool has tests of its own.
const quick = ["--interval", "100ms", "--top", "10", "--spool", "off"];

it("an agent whose server is not there yet tries by the schedule, and sends all that it kept once it is", async () => {
  const dir = temporaryFolder();
  const server = await ServerProcess.start({ dir });
  await server.end("SIGTERM");
  const agent = new AgentProcess(server.address, ...quick);
  await agent.until("four tries", () => agent.all("retry").length >= 4);
  // spec §6.4: doubling from 500 ms, without jitter
  expect(agent.all("retry").slice(0, 4)).toMatchObject([500, 1_000, 2_000, 4_000].map((delayMs) => ({ delayMs })));
  expect(agent.all("retry")[0]!["reason"]).toContain("ECONNREFUSED");
  const again = await ServerProcess.start({ dir, port: server.port });
  await agent.event("connected");
  await agent.until("all stored", () => agent.all("stored").length >= 35);
  expect((await agent.end("SIGTERM")).code).toBe(0);
  expect(agent.all("finished")).toMatchObject([{ how: "drained", dropped: 0, queued: 0 }]);
  await again.end("SIGTERM");
  expect((await readStore(dir)).map(({ snapshotId }) => snapshotId)).toEqual(agent.sampledIds);
}, 40_000);

it("SIGTERM drains within its bound", async () => {
  const server = await SessionServer.listen({ stores: false });
  const agent = new AgentProcess(server.address, ...quick, "--drain-timeout", "500ms");
  await agent.until("some under way", () => agent.sampledIds.length >= 5);
  const { code } = await agent.end("SIGTERM");
  // What it had is gone with it, so it does not end well.
  expect(code).toBe(1);
  expect(agent.all("finished")).toMatchObject([{ how: "timedOut", queued: agent.sampledIds.length, stored: 0 }]);
});

it("a second SIGTERM ends at once what the first one has begun", async () => {
  const server = await SessionServer.listen({ stores: false });
  const agent = new AgentProcess(server.address, ...quick, "--drain-timeout", "10m");
  await agent.until("some under way", () => agent.sampledIds.length >= 3);
  agent.kill("SIGTERM");
  await agent.event("draining");
  expect((await agent.end("SIGTERM")).code).toBe(1);
  expect(agent.all("finished")).toMatchObject([{ how: "forced" }]);
});

it("an outbox that is full drops its oldest, says so, and tells the server in its heartbeat", async () => {
  const server = await SessionServer.listen({ stores: false, maxUnstoredSnapshots: 2, heartbeatIntervalMs: 100 });
  const agent = new AgentProcess(server.address, ...quick, "--outbox-bytes", "64KiB", "--drain-timeout", "0s");
  await agent.until("30 dropped", () => agent.all("dropped").length >= 30);
  const told = (): number[] =>
    server.events.flatMap((event) => (event.type === "heartbeat" ? [Number(event.payload.droppedSnapshots)] : []));
  await expect.poll(() => told().at(-1), { timeout: 5_000 }).toBeGreaterThanOrEqual(30);
  expect(told()).toEqual(told().toSorted((a, b) => a - b));
  await agent.end("SIGTERM");
  // What the session has stays; of what waits the oldest goes, one after the other.
  const dropped = agent.all("dropped").map(({ snapshotId }) => snapshotId);
  expect(dropped).toEqual(agent.sampledIds.slice(2, 2 + dropped.length));
  const [finished] = agent.all("finished");
  expect(finished).toMatchObject({ dropped: dropped.length, queued: agent.sampledIds.length - dropped.length });
});

it("a second agent with the same id replaces the first, both are told, and neither loses anything", async () => {
  const dir = temporaryFolder();
  const server = await ServerProcess.start({ dir });
  const first = new AgentProcess(server.address, "--agent-id", "twin", ...quick);
  await first.event("stored");
  const second = new AgentProcess(server.address, "--agent-id", "twin", ...quick);
  await second.event("stored");
  await first.event("serverError", ({ errorName }) => errorName === "AGENT_REPLACED");
  expect(await server.event("agentReplaced")).toMatchObject({ level: "warn", agentId: "twin" });
  await server.event("disconnected", ({ reason }) => reason === "agent-replaced");
  expect(await server.metric("tidewire_agents_replaced_total")).toBeGreaterThan(0);
  await Promise.all([first.end("SIGTERM"), second.end("SIGTERM")]);
  await server.end("SIGTERM");
  for (const agent of [first, second]) expect(agent.all("finished")).toMatchObject([{ how: "drained", queued: 0 }]);
  const stored = await readStore(dir);
  expect(repeatedIds(stored)).toEqual([]);
  const sampled = [...first.sampledIds, ...second.sampledIds];
  expect(stored.map(({ snapshotId }) => snapshotId).sort()).toEqual(sampled.sort());
}, 40_000);

it("--once fails in bounded time without a server, and with one that does not store", async () => {
  const nowhere = await CuttingProxy.open();
  const mute = await SessionServer.listen({ stores: false });
  for (const address of [nowhere.address, mute.address]) {
    const agent = new AgentProcess(address, "--once", "--drain-timeout", "1s");
    const { code, out, err } = await agent.ended;
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toContain(`${address} did not say within 1s that the snapshot is stored`);
  }
});

it("plaintext to another machine is refused unless it is asked for", async () => {
  const refused = await new AgentProcess("192.0.2.1:7400", "--once").ended;
  expect(refused.code).toBe(2);
  expect(refused.err).toContain("--insecure-plaintext");
  const asked = await new AgentProcess("192.0.2.1:7400", "--check", "--insecure-plaintext").ended;
  expect(asked.code, asked.err).toBe(0);
});
