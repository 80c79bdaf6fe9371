import { appendFileSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { storeFileName } from "../../src/inspect/store_file_name.ts";
import { systemClock } from "../../src/node/clock.ts";
import { StoreFeed } from "../../src/node/top/store_feed.ts";
import { zstdCompressor } from "../../src/node/zstd.ts";
import { type BuiltCommand, buildCommand } from "./run_command.ts";
import { processOf, storedFrame } from "./stored_frames.ts";

let command: BuiltCommand;
beforeAll(async () => {
  command = await buildCommand();
});
afterAll(() => command.remove());

function folder(name: string): string {
  const dir = join(command.folder, name);
  mkdirSync(dir);
  return dir;
}

const frameOf = (agentId: string, agoMs: number, cpuTotalPct: number): Uint8Array =>
  storedFrame({ agentId, atMs: Date.now() - agoMs, cpuTotalPct, processes: [processOf(5, "busy", 3, "--secret")] });

it("a store: the latest snapshot of each agent, without those that were silent for long", async () => {
  const dir = folder("store");
  const frames = [
    frameOf("a", 3_000, 11),
    frameOf("b", 2_000, 80),
    frameOf("gone", 3_600_000, 99),
    frameOf("a", 1_000, 12),
  ];
  writeFileSync(join(dir, storeFileName(Date.now() - 3_700_000, 1)), Buffer.concat(frames));
  const { code, stdout } = await command.run(["top", dir, "--json"]);
  const agents = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(code).toBe(0);
  expect(agents).toMatchObject([
    {
      agentId: "b",
      cpuPct: 80,
      processTotal: 101,
      processes: [{ pid: 5, name: "busy", cpuPct: 3, rssBytes: 5_242_880 }],
    },
    { agentId: "a", cpuPct: 12 },
  ]);
  expect(stdout).not.toContain("secret");
  const table = await command.run(["top", dir, "--sort", "name", "--silent", "2h"]);
  expect(table.stdout).toMatch(/3 agents, 1 late[\s\S]*\n {2}a [\s\S]*\n {2}b [\s\S]*\n {2}gone /);
});

it("a store that grows, loses a torn tail and begins another file is followed", async () => {
  const dir = folder("growing");
  const first = join(dir, storeFileName(Date.now() - 2_000, 1));
  writeFileSync(first, frameOf("a", 5_000, 1));
  const feed = new StoreFeed(dir, 60_000, systemClock, await zstdCompressor());
  onTestFinished(() => feed.close());
  const cpus = async (): Promise<unknown> =>
    Object.fromEntries((await feed.read()).agents.map(({ agentId, cpuPct }) => [agentId, cpuPct]));
  expect(await cpus()).toEqual({ a: 1 });
  const second = frameOf("a", 4_000, 2);
  appendFileSync(first, second.subarray(0, 100));
  expect(await cpus()).toEqual({ a: 1 });
  appendFileSync(first, second.subarray(100));
  expect(await cpus()).toEqual({ a: 2 });
  appendFileSync(first, second.subarray(0, 60));
  expect(await cpus()).toEqual({ a: 2 });
  truncateSync(first, frameOf("a", 5_000, 1).length + second.length);
  appendFileSync(first, frameOf("b", 3_000, 3));
  expect(await cpus()).toEqual({ a: 2, b: 3 });
  writeFileSync(join(dir, storeFileName(Date.now(), 2)), frameOf("a", 1_000, 4));
  expect(await cpus()).toEqual({ a: 4, b: 3 });
  // What an agent had kept comes late, and is not how it looks now.
  appendFileSync(join(dir, storeFileName(Date.now() - 1, 3)), frameOf("a", 30_000, 90));
  expect(await cpus()).toEqual({ a: 4, b: 3 });
});

/** A server that is not ours. */
async function answering(status: number, body: string): Promise<string> {
  const server: Server = createServer((_, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

it.each([
  [401, "", "asks for a token: --token-file FILE"],
  [404, "", "is it the server's HTTP port?"],
  [500, "", "answered 500"],
  [200, "[]", "no Tidewire server"],
  [200, '{"timeMs":1,"total":1,"agents":[{"agentId":"a"}]}', "no Tidewire server"],
])("an answer %i %s is told for what it is", async (status, body, message) => {
  const { code, stderr } = await command.run(["top", "--server", await answering(status, body), "--once"]);
  expect(code).toBe(1);
  expect(stderr).toContain(message);
});

it("a server's times are its own: a clock that is off makes nobody late", async () => {
  const timeMs = Date.now() + 86_400_000;
  const sizes = { cpuPct: 5, memUsedBytes: 1, memTotalBytes: 2, processTotal: 1, processes: [] };
  const agents = [{ agentId: "a", lastSeenMs: timeMs - 2_000, windowEndMs: timeMs, ...sizes }];
  const address = await answering(200, JSON.stringify({ timeMs, total: 1, agents }));
  expect((await command.run(["top", "--server", address])).stdout).toMatch(/1 agent {2}[\s\S]*\n {2}a +2s /);
});

it.each([
  [["top"], "expected the folder of a store, or --server"],
  [["top", "a", "--server", "127.0.0.1:1"], "one of them only"],
  [["top", "--server", "192.0.2.1:7401"], "would travel unencrypted"],
  [["top", "a", "--sort", "size"], "expected one of cpu, mem, name"],
])("%j is wrong, and it is said how", async (args, message) => {
  const { code, stderr } = await command.run(args);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
