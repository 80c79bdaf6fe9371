import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { between, seeded } from "../core/seeded.ts";
import { AgentProcess } from "../e2e/agent_process.ts";
import { CuttingProxy } from "../e2e/cutting_proxy.ts";
import { temporaryFolder } from "../e2e/places.ts";
import { ServerProcess } from "../e2e/server_process.ts";
import { readStore, repeatedIds } from "../e2e/stored_snapshots.ts";

const ROUNDS = 8;

it("an agent that is killed again and again, its server away and back: what was durable is stored once, in order", async () => {
  const folder = temporaryFolder();
  const dir = join(folder, "store");
  const spool = join(folder, "spool");
  const random = seeded(3);
  const server = await ServerProcess.start({ dir });
  const proxy = await CuttingProxy.open();
  const flags = [
    "--agent-id",
    "killed",
    "--spool",
    spool,
    "--interval",
    "100ms",
    "--top",
    "5",
    "--catch-up-rate",
    "200",
  ];
  const durable: string[] = [];
  const acknowledged: string[] = [];
  const sampled = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    // The first half without a server, then with one that comes and goes.
    const isAway = round < ROUNDS / 2 || round % 2 === 0;
    proxy.leadTo(isAway ? undefined : server.port);
    const agent = new AgentProcess(proxy.address, ...flags);
    await agent.event("spooled");
    await sleep(between(random, 100, 1_500));
    await agent.end("SIGKILL");
    for (const { snapshotId } of agent.all("spooled")) durable.push(String(snapshotId));
    for (const { snapshotId } of agent.all("stored")) acknowledged.push(String(snapshotId));
    for (const { snapshotId } of agent.all("sampled")) sampled.add(String(snapshotId));
    expect(agent.all("dropped")).toEqual([]);
  }
  proxy.leadTo(server.port);
  const last = new AgentProcess(proxy.address, ...flags);
  await last.event("stored", ({ queued }) => Number(queued) === 0);
  const { code } = await last.end("SIGTERM");
  expect(code).toBe(0);
  await server.end("SIGTERM");
  const ids = (await readStore(dir)).map(({ snapshotId }) => snapshotId);
  expect(repeatedIds((await readStore(dir)).slice())).toEqual([]);
  expect(durable.length).toBeGreaterThan(ROUNDS * 2);
  expect(durable.filter((id) => !ids.includes(id))).toEqual([]);
  expect(acknowledged.filter((id) => !ids.includes(id))).toEqual([]);
  const inOrder = ids.filter((id) => durable.includes(id));
  expect(inOrder).toEqual(durable);
  for (const { snapshotId } of last.all("sampled")) sampled.add(String(snapshotId));
  expect(ids.filter((id) => !sampled.has(id))).toEqual([]);
}, 60_000);

it("a second agent on the same spool is refused, also after a kill only by one that lives", async () => {
  const spool = join(temporaryFolder(), "spool");
  const flags = ["--agent-id", "a", "--spool", spool, "--interval", "1h"];
  const first = new AgentProcess("127.0.0.1:1", ...flags);
  await first.event("spooled");
  const second = await new AgentProcess("127.0.0.1:1", ...flags).ended;
  expect(second.code).toBe(1);
  expect(second.err).toContain("Stop that agent");
  await first.end("SIGKILL");
  expect(existsSync(join(spool, ".lock"))).toBe(true);
  const third = new AgentProcess("127.0.0.1:1", ...flags);
  expect(await third.event("spoolOpened")).toMatchObject({ queued: 1 });
  await third.event("spooled");
  expect(readFileSync(join(spool, ".lock"), "utf8")).toMatch(/^\d+ /);
  const { code } = await third.end("SIGTERM");
  expect(code).toBe(0);
  expect(third.all("finished")).toMatchObject([{ how: "spooled", queued: 2 }]);
  expect(existsSync(join(spool, ".lock"))).toBe(false);
});
