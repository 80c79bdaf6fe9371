import { describe, expect, it } from "vitest";
import { idHex } from "../../src/protocols/snapshot/mod.ts";
import { Fleet } from "./fleet.ts";

const storedIds = (fleet: Fleet): string[] => fleet.store.records.map(({ snapshotId }) => idHex(snapshotId));

describe("a store that fails (spec §6.9)", () => {
  it("acknowledges nothing, slows agents down, says why once, and recovers by itself", async () => {
    const fleet = new Fleet();
    const agent = await fleet.join("db-1");
    fleet.store.failure = new Error("no space left");
    const ids = [agent.send(), agent.send()];
    await fleet.advance(20_000);
    expect(agent.stored).toEqual([]);
    expect(fleet.ingest.storeError).toBe("no space left");
    expect(fleet.told("storeFailed")).toMatchObject([{ reason: "no space left", retryDelayMs: 500 }]);
    expect(agent.told("throttle")).toMatchObject([
      { throttleDelayMs: 30_000, reason: "the store can't write: no space left" },
    ]);
    // 5 ms after the snapshots, then after 500, 1,000, 2,000, 4,000 and 8,000 ms.
    expect(fleet.store.batches).toEqual([2, 2, 2, 2, 2, 2]);
    const late = await fleet.join("db-2");
    expect(late.told("throttle")).toMatchObject([{ throttleDelayMs: 30_000 }]);
    fleet.store.failure = undefined;
    await fleet.advance(60_000);
    expect(agent.stored).toEqual(ids);
    expect(storedIds(fleet)).toEqual(ids);
    expect(fleet.told("storeRecovered")).toMatchObject([{ failedAttempts: 6 }]);
    expect(agent.told("throttle").map(({ throttleDelayMs }) => throttleDelayMs)).toEqual([30_000, 15_000, 0]);
    expect(fleet.ingest.storeError).toBeUndefined();
  });

  it("says a new reason again", async () => {
    const fleet = new Fleet();
    const agent = await fleet.join("db-1");
    fleet.store.failure = new Error("first");
    agent.send();
    await fleet.advance(1_000);
    fleet.store.failure = new Error("second");
    await fleet.advance(4_000);
    expect(fleet.told("storeFailed").map(({ reason }) => reason)).toEqual(["first", "second"]);
  });
});

describe("draining", () => {
  it("stores what waits, says SHUTTING_DOWN, lets nobody in", async () => {
    const fleet = new Fleet({ limits: { maxBatchDelayMs: 1_000 } });
    const agent = await fleet.join("db-1");
    agent.isOnline = false;
    fleet.store.hold();
    const id = agent.send();
    await fleet.settle();
    fleet.ingest.stop(fleet.nowMs);
    agent.send();
    expect(fleet.open(undefined)).toBeUndefined();
    await fleet.settle();
    expect(fleet.ingest.isDrained).toBe(false);
    fleet.store.release();
    await fleet.settle();
    expect(agent.stored).toEqual([id]);
    expect(agent.told("serverError")).toMatchObject([{ errorName: "SHUTTING_DOWN" }]);
    expect(fleet.ingest.isDrained).toBe(true);
    expect(storedIds(fleet)).toEqual([id]);
    expect(fleet.told("drained")).toMatchObject([{ unstoredSnapshots: 0 }]);
    expect(fleet.ingest.metrics.snapshotsDropped.value("draining")).toBe(1);
  });

  it("does not wait for a store that fails", async () => {
    const fleet = new Fleet();
    const agent = await fleet.join("db-1");
    agent.isOnline = false;
    fleet.store.failure = new Error("broken");
    agent.send();
    await fleet.advance(100);
    fleet.ingest.stop(fleet.nowMs);
    await fleet.settle();
    expect(fleet.ingest.isDrained).toBe(true);
    expect(agent.stored).toEqual([]);
    expect(fleet.told("drained")).toMatchObject([{ unstoredSnapshots: 1 }]);
  });
});

it("stamps messages by the clock it was last told", async () => {
  const fleet = new Fleet();
  const agent = await fleet.join("db-1");
  fleet.ingest.setUtcOffset(1_700_000_003_000, fleet.nowMs);
  agent.send();
  await fleet.advance(5);
  expect(fleet.told("stored")).toMatchObject([{ latencyMs: 3_005 }]);
});

it("has a metric for everything it counted", async () => {
  const fleet = new Fleet();
  const agent = await fleet.join("db-1");
  agent.send();
  await fleet.advance(5);
  const values = Object.fromEntries(
    fleet.ingest.metricFamilies().map(({ name, samples }) => [name, samples.map(({ value }) => value)]),
  );
  expect(values).toMatchObject({
    tidewire_connections: [1],
    tidewire_snapshots_stored_total: [1],
    tidewire_queue_snapshots: [0],
    tidewire_queue_bytes: [0],
    tidewire_batches_stored_total: [1],
    tidewire_stored_bytes_total: [fleet.store.records[0]!.frameBytes],
  });
});
