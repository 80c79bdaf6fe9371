import { describe, expect, test } from "vitest";
import { SendPace } from "../../src/agent/send_pace.ts";
import { quiet, SpoolUnderTest } from "./spool_fixture.ts";
import { VirtualAgent } from "./virtual_agent.ts";

/** Runs an agent whose disk answers between two steps of its clock. */
async function run(agent: VirtualAgent, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    agent.run(Math.min(100, left));
    await quiet();
    agent.engine.onTimeout(agent.nowMs);
    agent.settle();
  }
}

describe("an engine with a spool", () => {
  test("sends what a former life left before what it samples itself, and says how much waits", async () => {
    const under = await SpoolUnderTest.open();
    const first = new VirtualAgent({ intervalMs: 1_000, spool: under.spool });
    first.server.reachable = false;
    await run(first, 10_000);
    await under.reopen();
    const second = new VirtualAgent({ intervalMs: 1_000, spool: under.spool });
    await run(second, 5_000);
    const sampled = [...first.of("sampled"), ...second.of("sampled")].map(({ snapshotId }) => snapshotId.join());
    expect(second.of("connected")[0]!.queued).toBeGreaterThanOrEqual(10);
    expect(second.of("stored").map(({ snapshotId }) => snapshotId.join())).toEqual(sampled);
    expect(second.engine.counters.dropped).toBe(0);
  });

  test("does not wait for a server that is away when it stops: what is on disk is kept", async () => {
    const under = await SpoolUnderTest.open();
    const agent = new VirtualAgent({ intervalMs: 1_000, spool: under.spool });
    agent.server.reachable = false;
    await run(agent, 3_000);
    agent.engine.stop(agent.nowMs);
    agent.settle();
    expect(agent.of("finished")).toMatchObject([{ how: "spooled", queued: 4 }]);
  });

  test("waits for what a living server still stores", async () => {
    const under = await SpoolUnderTest.open();
    const agent = new VirtualAgent({ spool: under.spool });
    agent.server.stores = false;
    await run(agent, 200);
    agent.engine.stop(agent.nowMs);
    await run(agent, 1_000);
    expect(agent.of("finished")).toEqual([]);
    agent.storeAll();
    expect(agent.of("finished")).toMatchObject([{ how: "drained", queued: 0 }]);
  });

  test("keeps what was refused aside and tells it", async () => {
    const under = await SpoolUnderTest.open();
    const agent = new VirtualAgent({ spool: under.spool });
    agent.server.stores = false;
    await run(agent, 200);
    agent.refuseFirst();
    await run(agent, 200);
    expect(agent.of("refused")).toHaveLength(1);
    expect(agent.of("quarantined")).toHaveLength(1);
  });
});

describe("catching up", () => {
  test("is no faster than it may be, whatever the window", async () => {
    const under = await SpoolUnderTest.open();
    await under.add(Array.from({ length: 500 }, (_, n) => n));
    const agent = new VirtualAgent({ intervalMs: 60_000, spool: under.spool, catchUpPerSecond: 20 });
    await run(agent, 10_000);
    const stored = agent.of("stored").length;
    // 32 at once, then 20 a second.
    expect(stored).toBeGreaterThan(200);
    expect(stored).toBeLessThanOrEqual(32 + 200 + 2);
    await run(agent, 20_000);
    expect(agent.engine.queued).toBe(0);
  });

  test("under a throttle one leaves each delay (spec §6.6), and goes on when it is lifted", async () => {
    const under = await SpoolUnderTest.open();
    await under.add(Array.from({ length: 100 }, (_, n) => n));
    const agent = new VirtualAgent({ intervalMs: 600_000, spool: under.spool, catchUpPerSecond: 20 });
    agent.server.throttleDelayMs = 1_000;
    await run(agent, 10_000);
    expect(agent.of("stored").length).toBeGreaterThanOrEqual(9);
    expect(agent.of("stored").length).toBeLessThanOrEqual(11);
    agent.throttle(0);
    await run(agent, 5_000);
    expect(agent.engine.queued).toBe(0);
  });
});

test("a pace that nobody comes near costs nothing", () => {
  const pace = new SendPace({ perSecond: 20 });
  for (let nowMs = 0; nowMs < 10_000; nowMs += 100) {
    expect(pace.readyAtMs).toBeLessThanOrEqual(nowMs);
    pace.sent(nowMs);
  }
});
