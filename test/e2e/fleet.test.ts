import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/node/clock.ts";
import { Fleet } from "../../src/node/fleet/fleet.ts";
import { tcpDialer } from "../../src/node/tcp_dialer.ts";
import { temporaryFolder } from "./places.ts";
import { ServerProcess } from "./server_process.ts";
import { readStore, repeatedIds } from "./stored_snapshots.ts";

const AGENTS = 1_000;

function fleetFor(server: ServerProcess, perSecond: number): Fleet {
  const fleet = new Fleet({
    agents: AGENTS,
    perSecond,
    processes: 20,
    server: server.address,
    dialer: tcpDialer,
    clock: systemClock,
    agentVersion: "test",
    drainTimeoutMs: 20_000,
  });
  onTestFinished(() => fleet.stop());
  return fleet;
}

/** Takes all the space that is left. */
function fill(file: string): void {
  const fd = openSync(file, "w");
  try {
    for (;;) writeSync(fd, new Uint8Array(65_536));
  } catch {
    // Full.
  } finally {
    closeSync(fd);
  }
}

it("SC-004: of 1,000 agents at once none fails while the server slows them down, and each snapshot is stored once", async ({
  skip,
}) => {
  const dir = temporaryFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=128m,mode=700", "none", dir], { stdio: "pipe" });
  } catch (error) {
    skip(`no small disk can be mounted here: ${(error as Error).message.trim()}`);
  }
  onTestFinished(() => void execFileSync("umount", ["-l", dir]));
  const server = await ServerProcess.start({ dir, flags: ["--log-level", "info"] });
  const fleet = fleetFor(server, 1_000);
  fleet.start();
  await expect.poll(() => fleet.counts.acknowledged, { timeout: 20_000 }).toBeGreaterThan(1_500);
  expect(fleet.counts.peakConnections).toBe(AGENTS);
  const ballast = join(dir, "ballast");
  fill(ballast);
  await server.event("throttle", ({ throttleDelayMs }) => Number(throttleDelayMs) > 0);
  await expect.poll(() => fleet.counts.throttled, { timeout: 20_000 }).toBeGreaterThanOrEqual(AGENTS);
  rmSync(ballast);
  await server.event("storeRecovered");
  await server.event("throttle", ({ throttleDelayMs }) => throttleDelayMs === 0);
  const before = fleet.counts.accepted;
  await expect.poll(() => fleet.counts.accepted, { timeout: 20_000 }).toBeGreaterThan(before + 1_000);
  await fleet.stop();
  const { accepted, acknowledged, refused, dropped, connectionsLost, peakConnections } = fleet.counts;
  expect({ refused, dropped, connectionsLost, peakConnections }).toEqual({
    refused: 0,
    dropped: 0,
    connectionsLost: 0,
    peakConnections: AGENTS,
  });
  // The goal is less than 1 % failed.
  expect(accepted - acknowledged).toBe(0);
  await server.end("SIGTERM");
  const stored = await readStore(dir);
  expect(repeatedIds(stored)).toEqual([]);
  expect(stored.length).toBe(accepted);
}, 120_000);
