import { describe, expect, test } from "vitest";
import { VirtualAgent } from "./virtual_agent.ts";

describe("several servers", () => {
  const servers = ["a:1", "b:1", "c:1"];

  test("tries them in their order, round and round, by the retry schedule", () => {
    const agent = new VirtualAgent({ servers });
    agent.server.reachable = false;
    agent.run(16_000);
    expect(agent.of("connect").map(({ server }) => server)).toEqual(["a:1", "b:1", "c:1", "a:1", "b:1", "c:1"]);
    expect(agent.timesOf("connect")).toEqual([1_000, 1_500, 2_500, 4_500, 8_500, 16_500]);
    expect(agent.of("retry").map(({ server }) => server)).toEqual(["b:1", "c:1", "a:1", "b:1", "c:1", "a:1"]);
  });

  test("stays with one that works, moves on from it when it fails, and takes along what is not stored", () => {
    const agent = new VirtualAgent({ servers });
    agent.server.stores = false;
    agent.run(15_000);
    expect(agent.of("connect")).toHaveLength(1);
    agent.server.down = ["b:1"];
    agent.server.stores = true;
    agent.cut();
    agent.run(5_000);
    expect(agent.of("connected").map(({ server }) => server)).toEqual(["a:1", "c:1"]);
    expect(agent.engine.queued).toBe(0);
    const stored = agent.of("stored").map(({ snapshotId }) => snapshotId.join());
    expect(stored).toEqual(agent.of("sampled").map(({ snapshotId }) => snapshotId.join()));
    agent.run(100_000);
    expect(agent.of("connected")).toHaveLength(2);
  });

  test("one alone is tried again and again", () => {
    const agent = new VirtualAgent({ servers: ["a:1"] });
    agent.run(100);
    agent.cut();
    agent.run(1_000);
    expect(agent.of("connected").map(({ server }) => server)).toEqual(["a:1", "a:1"]);
  });
});
