import { describe, expect, it } from "vitest";
import { idHex } from "../../src/protocols/snapshot/mod.ts";
import { Fleet } from "./fleet.ts";

const storedIds = (fleet: Fleet): string[] => fleet.store.records.map(({ snapshotId }) => idHex(snapshotId));

describe("storing", () => {
  it("acknowledges what is durable, and not before", async () => {
    const fleet = new Fleet();
    const agent = await fleet.join("db-1");
    fleet.store.hold();
    const id = agent.send();
    await fleet.advance(100);
    expect(fleet.store.batches).toEqual([1]);
    expect(agent.stored).toEqual([]);
    fleet.store.release();
    await fleet.settle();
    expect(agent.stored).toEqual([id]);
    expect(storedIds(fleet)).toEqual([id]);
    expect(fleet.told("stored")).toMatchObject([
      { agentId: "db-1", snapshotId: id, processes: 1, latencyMs: 100, wireBytes: fleet.store.records[0]!.frameBytes },
    ]);
  });

  it("closes a batch when its first snapshot has waited long enough", async () => {
    const fleet = new Fleet({ limits: { maxBatchDelayMs: 50 } });
    const agent = await fleet.join("db-1");
    agent.send();
    await fleet.advance(49);
    agent.send();
    await fleet.settle();
    expect(fleet.store.batches).toEqual([]);
    await fleet.advance(1);
    expect(fleet.store.batches).toEqual([2]);
  });

  it("closes a batch when it has enough snapshots, or enough bytes", async () => {
    const fleet = new Fleet({ limits: { maxBatchDelayMs: 1_000, maxBatchSnapshots: 3, maxBatchBytes: 20_000 } });
    const agent = await fleet.join("db-1");
    for (let i = 0; i < 4; i++) agent.send();
    await fleet.settle();
    expect(fleet.store.batches).toEqual([3]);
    agent.send(15_000);
    agent.send(15_000);
    await fleet.settle();
    expect(fleet.store.batches).toEqual([3, 2]);
    await fleet.advance(1_000);
    expect(fleet.store.batches).toEqual([3, 2, 1]);
    expect(agent.stored).toHaveLength(6);
  });

  it("fills the next batch while one is with the store, and keeps each agent's order", async () => {
    const fleet = new Fleet({ limits: { maxBatchSnapshots: 2 } });
    const agents = await Promise.all(["a", "b", "c"].map((id) => fleet.join(id)));
    fleet.store.hold();
    const sent = agents.map((agent) => Array.from({ length: 4 }, () => agent.send()));
    await fleet.advance(10);
    expect(fleet.store.batches).toEqual([2]);
    fleet.store.release();
    await fleet.advance(10);
    expect(fleet.store.batches).toEqual([2, 2, 2, 2, 2, 2]);
    expect(agents.map((agent) => agent.stored)).toEqual(sent);
    expect(
      agents.map(({ agentId }) =>
        fleet.store.records.filter((r) => r.agentId === agentId).map((r) => idHex(r.snapshotId)),
      ),
    ).toEqual(sent);
  });

  it("stores a segmented snapshot as its parts, in order", async () => {
    const fleet = new Fleet();
    const agent = await fleet.join("db-1");
    const id = agent.send(200_000);
    await fleet.advance(10);
    expect(agent.stored).toEqual([id]);
    expect(fleet.store.records).toHaveLength(1);
    expect(fleet.store.records[0]!.frames).toHaveLength(4);
  });
});

describe("storing once", () => {
  it("answers what was stored before a restart without storing it again", async () => {
    const fleet = new Fleet();
    const agent = await fleet.join("db-1");
    const id = agent.send();
    await fleet.advance(10);
    const next = new Fleet();
    for await (const stored of fleet.store.storedIds()) next.ingest.index.remember(stored.agentId, stored.snapshotId);
    const again = await next.join("db-1");
    expect(again.send()).toBe(id);
    await next.advance(10);
    expect(again.stored).toEqual([id]);
    expect(next.store.records).toEqual([]);
    expect(next.ingest.metrics.snapshotsDuplicate.value("stored")).toBe(1);
  });

  it("stores what comes again on another connection while it is pending once, and tells the living connection", async () => {
    const fleet = new Fleet();
    const agent = await fleet.join("db-1");
    fleet.store.hold();
    const ids = [agent.send(), agent.send(150_000)];
    await fleet.advance(10);
    agent.cut();
    await fleet.advance(1_000);
    expect(agent.told("established")).toHaveLength(2);
    expect(fleet.ingest.metrics.snapshotsDuplicate.value("pending")).toBe(2);
    expect(agent.stored).toEqual([]);
    fleet.store.release();
    await fleet.advance(10);
    expect(agent.stored).toEqual(ids);
    expect(storedIds(fleet)).toEqual(ids);
  });

  it("remembers what became durable while its agent was away", async () => {
    const fleet = new Fleet();
    const agent = await fleet.join("db-1");
    fleet.store.hold();
    const id = agent.send();
    await fleet.advance(10);
    agent.isOnline = false;
    agent.cut();
    await fleet.settle();
    fleet.store.release();
    await fleet.settle();
    expect(agent.stored).toEqual([]);
    agent.isOnline = true;
    await fleet.advance(10_000);
    expect(agent.stored).toEqual([id]);
    expect(storedIds(fleet)).toEqual([id]);
    expect(fleet.ingest.metrics.snapshotsDuplicate.value("stored")).toBe(1);
  });
});

describe("two connections with one agent id (spec §6.8)", () => {
  it("closes the older with AGENT_REPLACED and says so", async () => {
    const fleet = new Fleet();
    const older = await fleet.join("db-1");
    older.isOnline = false;
    const newer = await fleet.join("db-1");
    expect(older.told("serverError")).toMatchObject([{ errorName: "AGENT_REPLACED" }]);
    expect(older.connId).toBeUndefined();
    expect(fleet.told("agentReplaced")).toMatchObject([
      { agentId: "db-1", olderAddress: "10.0.0.1:1", remoteAddress: "10.0.0.1:2" },
    ]);
    expect(fleet.told("disconnected")).toMatchObject([{ reason: "agent-replaced" }]);
    const id = newer.send();
    await fleet.advance(10);
    expect(newer.stored).toEqual([id]);
  });
});

describe("limits", () => {
  it("turns away connections over the limit, and lets them in when there is room", async () => {
    const fleet = new Fleet({ limits: { maxConnections: 2 } });
    const [first] = [await fleet.join("a"), await fleet.join("b")];
    const third = await fleet.join("c");
    expect(fleet.told("connectionRefused")).toMatchObject([{ reason: "connection-limit" }]);
    first.isOnline = false;
    first.cut();
    await fleet.advance(1_000);
    expect(third.told("established")).toHaveLength(1);
  });

  it("leaves unanswered what the queue has no room for, says so once, and stores it when it comes again", async () => {
    const fleet = new Fleet({ limits: { maxQueueBytes: 10_000 } });
    const agent = await fleet.join("db-1");
    fleet.store.hold();
    const ids = Array.from({ length: 6 }, () => agent.send(3_000));
    await fleet.advance(100);
    expect(fleet.ingest.metrics.snapshotsDropped.value("queue-full")).toBe(3);
    expect(fleet.told("queueFull")).toHaveLength(1);
    fleet.store.release();
    await fleet.advance(60_000);
    expect([...agent.stored].sort()).toEqual(ids);
    expect(storedIds(fleet).sort()).toEqual(ids);
  });

  it("lets one agent take a share of the queue only, but always one snapshot", async () => {
    const fleet = new Fleet({ limits: { maxAgentQueueBytes: 5_000 } });
    const [greedy, other] = [await fleet.join("a"), await fleet.join("b")];
    fleet.store.hold();
    greedy.send(20_000);
    greedy.send(1_000);
    other.send(1_000);
    await fleet.advance(10);
    expect(fleet.ingest.metrics.snapshotsDropped.value("agent-queue-full")).toBe(1);
    expect(fleet.ingest.metrics.snapshotsReceived.value()).toBe(2);
  });

  it("closes whoever holds most when all reassembly together is over its bound; nothing is lost", async () => {
    const fleet = new Fleet({ limits: { maxReassemblyBytes: 300_000 } });
    const small = fleet.open(undefined)!;
    // A frame that never ends: 250,000 bytes are declared, and most of them come.
    const head = new Uint8Array(150_000);
    new DataView(head.buffer).setUint32(0, 250_000, true);
    fleet.ingest.receive(small, head.subarray(0, 100_000), fleet.nowMs);
    const large = fleet.open(undefined)!;
    fleet.ingest.receive(large, head, fleet.nowMs);
    expect(fleet.ingest.isClosing(large)).toBe(false);
    const third = fleet.open(undefined)!;
    fleet.ingest.receive(third, head.subarray(0, 60_000), fleet.nowMs);
    expect([small, large, third].map((connId) => fleet.ingest.isClosing(connId))).toEqual([false, true, false]);
    const agent = await fleet.join("db-1");
    const id = agent.send(150_000);
    await fleet.advance(100);
    expect(agent.stored).toEqual([id]);
  });

  it("closes connections that never say who they are, and those that fall silent", async () => {
    const fleet = new Fleet({ session: { heartbeatIntervalMs: 1_000, handshakeTimeoutMs: 3_000 } });
    fleet.open(undefined);
    await fleet.join("db-1");
    await fleet.advance(20_000);
    expect(fleet.told("disconnected")).toMatchObject([{ agentId: undefined, reason: "handshake-required" }]);
    // The agent's own clock stops, and with it its heartbeats.
    fleet.agents.pop();
    await fleet.advance(4_000);
    expect(fleet.told("disconnected").at(-1)).toMatchObject({ agentId: "db-1", reason: "idle-timeout" });
  });

  it("tells of a bad peer a few times, and counts the rest", async () => {
    const fleet = new Fleet();
    const agent = await fleet.join("db-1");
    const heartbeat = new Uint8Array(60);
    new DataView(heartbeat.buffer).setUint32(0, 56, true);
    for (let i = 0; i < 7; i++) fleet.ingest.receive(agent.connId!, heartbeat, fleet.nowMs);
    expect(fleet.ingest.metrics.protocolErrors.value("snapshot/crc-mismatch")).toBe(7);
    await fleet.settle();
    expect(fleet.told("protocolError")).toHaveLength(7);
    expect(agent.told("serverError")).toHaveLength(7);
  });
});
