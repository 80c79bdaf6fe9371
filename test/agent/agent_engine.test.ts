import { describe, expect, test } from "vitest";
import { sampleOf, VirtualAgent } from "./virtual_agent.ts";

describe("pace", () => {
  test("samples at once and then every interval, without drift", () => {
    const agent = new VirtualAgent();
    agent.sampleMs = 250;
    agent.run(35_000);
    expect(agent.timesOf("sample")).toEqual([1_000, 11_000, 21_000, 31_000]);
    expect(agent.of("stored")).toHaveLength(4);
    expect(agent.engine.counters).toMatchObject({ sampled: 4, stored: 4, dropped: 0, connects: 1 });
  });

  test("a sample that takes longer than the interval is followed by one more, not by a burst", () => {
    const agent = new VirtualAgent({ intervalMs: 1_000 });
    agent.sampleMs = 3_500;
    agent.run(20_000);
    const times = agent.timesOf("sample");
    for (let i = 1; i < times.length; i++) expect(times[i]! - times[i - 1]!).toBeGreaterThanOrEqual(3_500);
    expect(times.length).toBeGreaterThan(4);
  });

  test("after a machine was suspended, one sample and the old pace", () => {
    const agent = new VirtualAgent();
    agent.run(15_000);
    agent.nowMs += 3_600_000;
    const before = agent.timesOf("sample").length;
    agent.run(25_000);
    const times = agent.timesOf("sample").slice(before);
    expect(times.length).toBe(3);
    expect(times[1]! - times[0]!).toBe(10_000);
  });

  test("obeys a throttle, and goes back when it is lifted (spec §6.6)", () => {
    const agent = new VirtualAgent();
    agent.run(12_000);
    agent.throttle(30_000);
    agent.run(60_000);
    expect(agent.timesOf("sample")).toEqual([1_000, 11_000, 41_000, 71_000]);
    agent.throttle(0);
    agent.run(30_000);
    expect(agent.timesOf("sample").slice(4)).toEqual([81_000, 91_000, 101_000]);
    expect(agent.of("throttle").map(({ effectiveIntervalMs }) => effectiveIntervalMs)).toEqual([30_000, 10_000]);
  });

  test("a throttle below the interval changes nothing; one in HandshakeAck counts", () => {
    const agent = new VirtualAgent();
    agent.server.throttleDelayMs = 500;
    agent.run(11_000);
    expect(agent.timesOf("sample")).toEqual([1_000, 11_000]);
    const slow = new VirtualAgent();
    slow.server.throttleDelayMs = 60_000;
    slow.run(61_000);
    expect(slow.timesOf("sample")).toEqual([1_000, 61_000]);
  });

  test("a lifted throttle whose sample is overdue samples at once", () => {
    const agent = new VirtualAgent();
    agent.run(1);
    agent.throttle(60_000);
    agent.run(30_000);
    agent.throttle(0);
    agent.run(1);
    expect(agent.timesOf("sample")).toEqual([1_000, 31_001]);
  });
});

describe("keeping", () => {
  test("keeps what it could not send, and sends it in order once it can", () => {
    const agent = new VirtualAgent({ intervalMs: 1_000 });
    agent.server.reachable = false;
    agent.run(20_500);
    expect(agent.engine.queued).toBe(21);
    agent.server.reachable = true;
    agent.run(31_000);
    expect(agent.engine.queued).toBe(0);
    expect(agent.engine.counters.dropped).toBe(0);
    const ids = agent.snapshots();
    expect(new Set(ids).size).toBe(ids.length);
    expect(agent.of("stored").map(({ snapshotId }) => snapshotId.join())).toEqual(ids);
    expect(agent.of("stored")[0]!.latencyMs).toBeGreaterThan(19_000);
  });

  test("never offers more than the session takes", () => {
    const agent = new VirtualAgent({ intervalMs: 1_000 });
    agent.server.stores = false;
    agent.server.maxUnstoredSnapshots = 2;
    agent.run(1_500);
    agent.run(5_000);
    expect(agent.snapshots()).toHaveLength(2);
    expect(agent.engine.queued).toBe(7);
    agent.server.stores = true;
    agent.storeAll();
    expect(agent.engine.queued).toBe(0);
    expect(agent.snapshots()).toHaveLength(7);
  });

  test("sends again what was not stored when the connection broke, and counts it once", () => {
    const agent = new VirtualAgent();
    agent.server.stores = false;
    agent.run(100);
    agent.cut();
    expect(agent.of("disconnected")).toMatchObject([{ reason: "cut", queued: 1 }]);
    expect(agent.of("retry")).toMatchObject([{ delayMs: 500 }]);
    agent.server.stores = true;
    agent.run(5_000);
    expect(agent.of("connected")).toHaveLength(2);
    expect(agent.of("stored")).toHaveLength(1);
    expect(agent.engine.queued).toBe(0);
  });

  test("over its bound the oldest goes, counted, and the heartbeat says so (spec §4)", () => {
    const agent = new VirtualAgent({ intervalMs: 1_000, outboxBytes: 65_536 });
    agent.machine = sampleOf(100);
    agent.server.stores = false;
    agent.server.maxUnstoredSnapshots = 1;
    agent.run(60_000);
    const { dropped } = agent.engine.counters;
    expect(dropped).toBeGreaterThan(30);
    expect(agent.of("dropped")).toHaveLength(dropped);
    // The one in flight was never dropped: others waited.
    expect(new Set(agent.snapshots()).size).toBe(1);
    const beats = agent.serverEvents.flatMap((event) => (event.type === "heartbeat" ? [event.payload] : []));
    expect(beats.at(-1)!.droppedSnapshots).toBeGreaterThan(0);
    expect(beats.at(-1)!.queuedSnapshots).toBeGreaterThan(5);
    expect(beats.at(-1)!.queuedSnapshots + Number(beats.at(-1)!.droppedSnapshots)).toBeLessThanOrEqual(60);
  });

  test("one in flight is forgotten when it must go, and its late answer counts for nothing", () => {
    const agent = new VirtualAgent({ intervalMs: 1_000, outboxBytes: 9_000 });
    agent.machine = sampleOf(100);
    agent.server.stores = false;
    agent.run(10_000);
    expect(agent.engine.counters.dropped).toBeGreaterThan(3);
    expect(agent.engine.queued).toBeLessThanOrEqual(3);
    agent.storeAll();
    const { stored, dropped } = agent.engine.counters;
    expect(stored + dropped).toBe(agent.engine.counters.sampled - agent.engine.queued);
  });

  test("what was dropped in flight is not sent again on the next connection", () => {
    const agent = new VirtualAgent({ intervalMs: 1_000, outboxBytes: 9_000 });
    agent.machine = sampleOf(100);
    agent.server.stores = false;
    agent.run(10_000);
    const dropped = new Set(agent.of("dropped").map(({ snapshotId }) => snapshotId.join()));
    expect(dropped.size).toBeGreaterThan(3);
    agent.serverEvents.length = 0;
    agent.cut();
    agent.run(900);
    expect(agent.of("connected")).toHaveLength(2);
    expect(agent.snapshots().length).toBeGreaterThan(0);
    expect(agent.snapshots().filter((id) => dropped.has(id))).toEqual([]);
  });

  test("a refused snapshot is given up, counted and told (spec §6.3)", () => {
    const agent = new VirtualAgent();
    agent.server.stores = false;
    agent.run(100);
    agent.refuseFirst();
    expect(agent.engine.queued).toBe(0);
    expect(agent.of("refused")).toMatchObject([{ errorName: "PAYLOAD_MALFORMED", detail: "test" }]);
    expect(agent.engine.counters.refused).toBe(1);
  });
});

describe("failing samples", () => {
  test("are told and counted, and the pace goes on", () => {
    const agent = new VirtualAgent();
    agent.machine = undefined;
    agent.run(11_000);
    agent.machine = sampleOf(1);
    agent.run(10_000);
    expect(agent.timesOf("sample")).toEqual([1_000, 11_000, 21_000]);
    expect(agent.of("sampleFailed")).toHaveLength(2);
    expect(agent.engine.counters).toMatchObject({ sampleFailures: 2, stored: 1 });
  });

  test("a sample that makes no snapshot is a failed one", () => {
    const agent = new VirtualAgent();
    agent.machine = { ...sampleOf(1), memTotalBytes: 0 };
    agent.run(100);
    expect(agent.of("sampleFailed")[0]!.reason).toContain("memory total");
    expect(agent.engine.counters.sampled).toBe(0);
  });
});

describe("the end", () => {
  test("waits for what is on its way, then finishes", () => {
    const agent = new VirtualAgent();
    agent.server.stores = false;
    agent.run(100);
    agent.engine.stop(agent.nowMs);
    agent.run(1_000);
    expect(agent.of("finished")).toEqual([]);
    agent.storeAll();
    expect(agent.of("finished")).toMatchObject([{ how: "drained", queued: 0 }]);
    expect(agent.engine.nextTimeoutMs()).toBeUndefined();
  });

  test("waits no longer than the drain timeout, and takes no new sample", () => {
    const agent = new VirtualAgent({ intervalMs: 1_000 });
    agent.server.stores = false;
    agent.run(1_500);
    const samples = agent.of("sample").length;
    agent.engine.stop(agent.nowMs);
    const stoppedMs = agent.nowMs;
    agent.run(30_000);
    expect(agent.of("sample")).toHaveLength(samples);
    expect(agent.timesOf("finished")).toEqual([stoppedMs + 5_000]);
    expect(agent.of("finished")).toMatchObject([{ how: "timedOut", queued: 2 }]);
  });

  test("reconnects while it drains", () => {
    const agent = new VirtualAgent();
    agent.server.stores = false;
    agent.run(100);
    agent.engine.stop(agent.nowMs);
    agent.server.stores = true;
    agent.cut();
    agent.run(1_000);
    expect(agent.of("finished")).toMatchObject([{ how: "drained" }]);
  });

  test("a second stop forces", () => {
    const agent = new VirtualAgent();
    agent.server.stores = false;
    agent.run(100);
    agent.engine.stop(agent.nowMs);
    agent.engine.stop(agent.nowMs);
    agent.settle();
    expect(agent.of("finished")).toMatchObject([{ how: "forced", queued: 1 }]);
    agent.engine.stop(agent.nowMs);
    agent.settle();
    expect(agent.of("finished")).toHaveLength(1);
  });

  test("with nothing on its way it is over at once, connected or not", () => {
    const agent = new VirtualAgent();
    agent.server.reachable = false;
    agent.machine = undefined;
    agent.run(100);
    agent.engine.stop(agent.nowMs);
    agent.settle();
    expect(agent.of("finished")).toMatchObject([{ how: "drained", queued: 0 }]);
  });

  test("a sample that comes too late is let go, and so is everything after the end", () => {
    const agent = new VirtualAgent();
    agent.sampleMs = 250;
    agent.run(100);
    agent.engine.stop(agent.nowMs);
    agent.settle();
    agent.run(1_000);
    agent.engine.opened(agent.nowMs);
    agent.engine.lost("late", agent.nowMs);
    agent.engine.receive(new Uint8Array(10), agent.nowMs);
    agent.engine.clockSet(5, agent.nowMs);
    agent.engine.onTimeout(agent.nowMs);
    expect(agent.engine.nextEvent()).toBeUndefined();
    expect(agent.engine.counters.sampled).toBe(0);
  });
});

describe("once", () => {
  test("one sample, stored, finished", () => {
    const agent = new VirtualAgent({ once: true });
    agent.run(60_000);
    expect(agent.of("sample")).toHaveLength(1);
    expect(agent.of("finished")).toMatchObject([{ how: "drained", queued: 0 }]);
    expect(agent.engine.counters.stored).toBe(1);
  });

  test("without a server it ends within the drain timeout", () => {
    const agent = new VirtualAgent({ once: true });
    agent.server.reachable = false;
    agent.run(60_000);
    expect(agent.timesOf("finished")).toEqual([6_000]);
    expect(agent.engine.counters.stored).toBe(0);
  });

  test("without a machine to read it ends at once, with nothing stored", () => {
    const agent = new VirtualAgent({ once: true });
    agent.machine = undefined;
    agent.run(60_000);
    expect(agent.timesOf("finished")).toEqual([1_000]);
    expect(agent.engine.counters.stored).toBe(0);
  });
});
