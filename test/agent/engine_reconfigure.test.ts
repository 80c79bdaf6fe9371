import { expect, test } from "vitest";
import { VirtualAgent } from "./virtual_agent.ts";

test("takes another interval and choice over: the wait under way ends by the new pace", () => {
  const agent = new VirtualAgent();
  agent.run(12_000);
  agent.engine.reconfigure(4_000, { all: false, top: 1, cmdline: false, redact: [] });
  agent.run(9_000);
  expect(agent.timesOf("sample")).toEqual([1_000, 11_000, 15_000, 19_000]);
  const listed = agent.of("sampled").map(({ processes }) => processes);
  expect(listed[1]).toBeGreaterThan(1);
  expect(listed.slice(2)).toEqual([1, 1]);
  agent.throttle(6_000);
  agent.engine.reconfigure(2_000, { all: false, top: 1, cmdline: false, redact: [] });
  agent.run(12_000);
  expect(agent.timesOf("sample").slice(4)).toEqual([25_000, 31_000]);
});
