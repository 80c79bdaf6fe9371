import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, type TestContext } from "vitest";
import { AgentProcess } from "./agent_process.ts";
import { temporaryFolder } from "./places.ts";
import { ServerProcess } from "./server_process.ts";
import { readStore, repeatedIds } from "./stored_snapshots.ts";

/** A disk of one MiB; where this machine allows none the test is skipped, and says so. */
function smallDisk({ skip }: TestContext): string {
  const dir = temporaryFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m,mode=700", "none", dir], { stdio: "pipe" });
  } catch (error) {
    skip(`no small disk can be mounted here: ${(error as Error).message.trim()}`);
  }
  onTestFinished(() => void execFileSync("umount", ["-l", dir]));
  return dir;
}

/** Takes all the space that is left. */
function fill(file: string): void {
  const fd = openSync(file, "w");
  const block = new Uint8Array(4_096);
  try {
    for (;;) writeSync(fd, block);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
  } finally {
    closeSync(fd);
  }
}

it("on a full disk nothing is acknowledged, agents are slowed, and all of it is stored once there is space", async (context) => {
  const dir = smallDisk(context);
  const ballast = join(dir, "ballast");
  const server = await ServerProcess.start({ dir });
  const agent = new AgentProcess(server.address, "--interval", "100ms", "--top", "20", "--drain-timeout", "20s");
  await agent.until("some stored", () => agent.all("stored").length >= 5);
  fill(ballast);
  expect(await server.event("storeFailed")).toMatchObject({ level: "error", reason: expect.stringMatching(/space/i) });
  expect(await server.event("throttle")).toMatchObject({ throttleDelayMs: 30_000 });
  expect(await agent.event("throttle")).toMatchObject({ effectiveIntervalMs: 30_000 });
  expect(await server.http("/healthz")).toMatchObject({ status: 200 });
  const ready = await server.http("/readyz");
  expect(ready.status).toBe(503);
  expect(ready.text).toContain("store failing");
  expect(await server.metric("tidewire_store_failing")).toBe(1);
  await expect.poll(() => server.metric("tidewire_store_failures_total"), { timeout: 10_000 }).toBeGreaterThan(2);
  // What was acknowledged is what is durable; the rest waits with the agent.
  const storedMeanwhile = agent.all("stored").length;
  expect(await server.metric("tidewire_snapshots_stored_total")).toBe(storedMeanwhile);
  expect(agent.sampledIds.length).toBeGreaterThan(storedMeanwhile);

  rmSync(ballast);
  await server.event("storeRecovered");
  await agent.until("all stored", () => agent.all("stored").length === agent.sampledIds.length);
  expect((await server.http("/readyz")).status).toBe(200);
  expect((await agent.end("SIGTERM")).code).toBe(0);
  expect(agent.all("finished")).toMatchObject([{ how: "drained", queued: 0, dropped: 0, refused: 0 }]);
  expect((await server.end("SIGTERM")).code).toBe(0);
  const stored = await readStore(dir);
  expect(repeatedIds(stored)).toEqual([]);
  expect(stored.map(({ snapshotId }) => snapshotId)).toEqual(agent.sampledIds);
}, 60_000);

it("a server that is killed on a full disk starts again, and its agent brings what was not stored", async (context) => {
  const dir = smallDisk(context);
  const ballast = join(dir, "ballast");
  const first = await ServerProcess.start({ dir });
  const agent = new AgentProcess(first.address, "--interval", "100ms", "--top", "20", "--drain-timeout", "20s");
  await agent.until("some stored", () => agent.all("stored").length >= 5);
  fill(ballast);
  await first.event("storeFailed");
  await first.end("SIGKILL");
  // Still full: it starts, and says that it can't store as soon as it should.
  const second = await ServerProcess.start({ dir, port: first.port });
  await second.event("storeFailed");
  rmSync(ballast);
  await second.event("storeRecovered");
  await agent.until("all stored", () => agent.all("stored").length === agent.sampledIds.length);
  expect((await agent.end("SIGTERM")).code).toBe(0);
  await second.end("SIGTERM");
  const stored = await readStore(dir);
  expect(repeatedIds(stored)).toEqual([]);
  expect(stored.map(({ snapshotId }) => snapshotId)).toEqual(agent.sampledIds);
}, 60_000);

it("a folder on a disk that can only be read is refused at the start", async (context) => {
  const dir = smallDisk(context);
  execFileSync("mount", ["-o", "remount,ro", dir]);
  const { code, err } = await new ServerProcess({ dir }).ended;
  expect(code).toBe(1);
  expect(err).toContain(`server/store-unusable: can't use ${dir}`);
  expect(err).toMatch(/read-only/i);
});
