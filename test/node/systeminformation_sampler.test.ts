import { expect, test } from "vitest";
import { buildSnapshot } from "../../src/agent/snapshot_builder.ts";
import { SysteminformationSampler } from "../../src/node/systeminformation_sampler.ts";
import { encodeSnapshot } from "../../src/protocols/snapshot/mod.ts";

test("sees this process, ranks what it sees, and gives what a snapshot is made of", async () => {
  const clock = { utcMs: () => Date.now(), monotonicMs: () => performance.now() };
  const sampler = new SysteminformationSampler({ maxProcesses: 5_000, cmdline: true, clock });
  const sample = await sampler.sample();
  sampler.close();
  const own = sample.processes.find(({ pid }) => pid === process.pid);
  expect(own!.rssBytes).toBeGreaterThan(10_000_000);
  expect(own!.cmdline).toContain("node");
  const ranked = [...sample.processes].sort((a, b) => b.cpuPct - a.cpuPct || a.pid - b.pid);
  expect(sample.processes).toEqual(ranked);
  expect(sample.windowEndMs).toBeGreaterThan(sample.windowStartMs);
  const all = { all: true, top: 1, cmdline: false, redact: [] };
  expect(encodeSnapshot(buildSnapshot(sample, new Uint8Array(16), all)).length).toBeGreaterThan(64);
});
