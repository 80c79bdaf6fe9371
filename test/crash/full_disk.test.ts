import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { AgentProcess } from "../e2e/agent_process.ts";
import { temporaryFolder } from "../e2e/places.ts";
import { ServerProcess } from "../e2e/server_process.ts";
import { SessionAgent } from "../e2e/session_agent.ts";
import { snapshotOf } from "../e2e/snapshots.ts";
import { readStore, repeatedIds } from "../e2e/stored_snapshots.ts";

const DISK_BYTES = 4 * 1_048_576;

/** A file system of so many bytes, or nothing where this machine lets nobody mount one. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "tidewire-full-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tidewire-test", folder]);
  const isMounted = mounted.status === 0;
  onTestFinished(() => {
    if (isMounted) execFileSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return isMounted ? folder : undefined;
}

it("a real disk that fills up: nothing is acknowledged that is not stored, and it goes on by itself", async ({
  skip,
}) => {
  const disk = smallDisk();
  // Where nothing can be mounted the same is proved with a quota: on the server's port in test/deno, on the spool's in test/agent.
  if (disk === undefined) return skip("this machine mounts no tmpfs; a quota in the port stands in for it");
  const dir = join(disk, "store");
  const filler = join(disk, "filler");
  mkdirSync(dir);
  writeFileSync(filler, new Uint8Array(DISK_BYTES / 2));
  const server = await ServerProcess.start({ dir });
  const agent = new SessionAgent({ agentId: "full", port: () => server.port });
  const count = 60;
  for (let i = 0; i < count; i++) agent.send(snapshotOf(i + 1, 500, 100));
  await server.event("storeFailed");
  const ready = await server.http("/readyz");
  expect(ready.status).toBe(503);
  const acknowledged = new Set(agent.storedIds);
  expect(acknowledged.size).toBeGreaterThan(0);
  expect(acknowledged.size).toBeLessThan(count);
  rmSync(filler);
  await server.event("storeRecovered");
  await agent.settled(60_000);
  expect(agent.refusals).toEqual([]);
  expect((await server.end("SIGTERM")).code).toBe(0);
  const stored = await readStore(dir);
  expect(repeatedIds(stored)).toEqual([]);
  expect(stored).toHaveLength(count);
  for (const id of acknowledged) expect(stored.some(({ snapshotId }) => snapshotId === id)).toBe(true);
}, 60_000);

it("an agent whose spool's disk is full keeps what memory takes, says so, and goes on when there is room", async ({
  skip,
}) => {
  const disk = smallDisk();
  if (disk === undefined) return skip("this machine mounts no tmpfs; a quota in the port stands in for it");
  const filler = join(disk, "filler");
  const dir = temporaryFolder();
  const agent = new AgentProcess("127.0.0.1:1", "--spool", join(disk, "spool"), "--interval", "100ms", "--all");
  await agent.event("spooled");
  const fill = spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=4096"]);
  expect(fill.status).not.toBe(0);
  await agent.event("spoolFailed");
  const sampled = agent.all("sampled").length;
  await agent.until("more samples", () => agent.all("sampled").length > sampled + 5);
  rmSync(filler);
  await agent.event("spoolRecovered");
  expect((await agent.end("SIGKILL")).signal).toBe("SIGKILL");
  const spooled = agent.all("spooled").map(({ snapshotId }) => String(snapshotId));
  expect(spooled.length).toBeGreaterThan(sampled);
  expect(agent.all("dropped")).toEqual([]);
  const server = await ServerProcess.start({ dir });
  const flags = ["--spool", join(disk, "spool"), "--interval", "1h", "--catch-up-rate", "1000"];
  const next = new AgentProcess(server.address, "--agent-id", "full", ...flags);
  await next.until("all stored", () => next.all("stored").length > spooled.length);
  await next.end("SIGTERM");
  await server.end("SIGTERM");
  const stored = await readStore(dir);
  expect(repeatedIds(stored)).toEqual([]);
  expect(new Set(stored.map(({ snapshotId }) => snapshotId))).toEqual(
    new Set([...spooled, ...next.all("sampled").map(({ snapshotId }) => String(snapshotId))]),
  );
}, 60_000);
