import { describe, expect, test } from "vitest";
import { VirtualAgent } from "./virtual_agent.ts";

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
