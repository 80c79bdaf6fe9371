import { afterAll, beforeAll, expect, it } from "vitest";
import { LatencyHistogram } from "../../src/node/fleet/latency_histogram.ts";
import { type BuiltCommand, buildCommand } from "./run_command.ts";
import { startServer } from "./snapshot_server.ts";

let command: BuiltCommand;
beforeAll(async () => {
  command = await buildCommand();
});
afterAll(() => command.remove());

it("sends through sessions of its own, counts what becomes of it, and drains", async () => {
  const server = await startServer();
  try {
    const args = ["fleet", "--server", server.address, "--agents", "20", "--rate", "200", "--duration", "1s", "--json"];
    const { code, stdout, stderr } = await command.run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ agents: 20, peakConnections: 20, dropped: 0, refused: 0, failed: 0, resent: 0 });
    expect(report.accepted).toBeGreaterThan(50);
    expect(report.acknowledged).toBe(report.accepted);
    expect(server.stored.size).toBe(report.accepted);
    expect(report.p50Ms).toBeLessThanOrEqual(report.p99Ms);
    expect(server.peakConnections).toBe(20);
  } finally {
    await server.close();
  }
});

it("says what failed, and exits with 1", async () => {
  const server = await startServer();
  server.verdict = () => "refuse";
  try {
    const args = ["fleet", "--server", server.address, "--agents", "2", "--rate", "10", "--duration", "1s"];
    const { code, stdout, stderr } = await command.run(args);
    expect(code).toBe(1);
    expect(stdout).toMatch(/failed +[1-9]\d* \(100\.00 %\)/);
    expect(stderr).toContain("not everything was acknowledged");
  } finally {
    await server.close();
  }
});

it.each([
  [["fleet"], "--server HOST:PORT is missing"],
  [["fleet", "--server", "192.0.2.1:7400"], "--insecure-plaintext"],
  [["fleet", "--server", "127.0.0.1:1", "--agents", "0"], "--agents: found 0"],
  [["fleet", "x", "--server", "127.0.0.1:1"], "found x, expected options only"],
])("%j is wrong, and it is said how", async (args, message) => {
  const { code, stderr } = await command.run(args);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

it("quantiles are at most 2 % too high, and never above the largest", () => {
  const histogram = new LatencyHistogram();
  expect(histogram.quantileMs(0.5)).toBeUndefined();
  for (let i = 1; i <= 10_000; i++) histogram.add(i / 10);
  for (const share of [0.01, 0.5, 0.99, 1]) {
    const exact = share * 1_000;
    const found = histogram.quantileMs(share)!;
    expect(found).toBeGreaterThanOrEqual(exact * 0.999);
    expect(found).toBeLessThanOrEqual(Math.min(1_000, exact * 1.021));
  }
});
