import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { zstdCompressor } from "../../src/node/zstd.ts";
import { between, seeded } from "../core/seeded.ts";
import { CuttingProxy } from "./cutting_proxy.ts";
import { LogProcess } from "./log_process.ts";
import { root, temporaryFolder } from "./places.ts";
import { ServerProcess } from "./server_process.ts";
import { SessionAgent } from "./session_agent.ts";
import { snapshotOf } from "./snapshots.ts";
import { readStore, repeatedIds } from "./stored_snapshots.ts";

it("a store is replayed into another server, through cuts, and a second time without effect", async () => {
  const from = temporaryFolder();
  const source = await ServerProcess.start({
    dir: from,
    flags: ["--rotate-bytes", "256KiB", "--max-batch-snapshots", "4"],
  });
  const zstd = await zstdCompressor();
  for (const [i, options] of [{ agentId: "a" }, { agentId: "b", compressor: zstd }].entries()) {
    const agent = new SessionAgent({ ...options, port: () => source.port });
    agent.send(...Array.from({ length: 30 }, (_, k) => snapshotOf(100 * i + k + 1, k % 5 === 0 ? 3_000 : 40, 30)));
    await agent.settled();
    agent.close();
  }
  await source.end("SIGTERM");
  const files = readdirSync(from).filter((name) => name.endsWith(".tide"));
  expect(files.length).toBeGreaterThan(1);

  const to = temporaryFolder();
  const target = await ServerProcess.start({ dir: to });
  const proxy = await CuttingProxy.open(target.port);
  const random = seeded(3);
  proxy.cutAfter(() => between(random, 100_000, 400_000));
  const replay = async (): Promise<void> => {
    const paths = files.sort().map((name) => join(from, name));
    const args = ["dist/node/cli.js", "send", ...paths, "--server", proxy.address];
    const { code, out, err } = await new LogProcess(process.execPath, args, { cwd: root, env: process.env }).ended;
    expect(code, out + err).toBe(0);
  };
  await replay();
  expect(proxy.cuts).toBeGreaterThan(0);
  await replay();
  await target.end("SIGTERM");
  const [before, after] = [await readStore(from), await readStore(to)];
  expect(repeatedIds(after)).toEqual([]);
  const rowsOf = (found: typeof before): unknown[] => found.map(({ agentId, payload }) => ({ agentId, payload }));
  for (const agentId of ["a", "b"]) {
    const of = (found: typeof before): unknown[] => rowsOf(found.filter((one) => one.agentId === agentId));
    expect(of(after)).toEqual(of(before));
  }
  expect(after).toHaveLength(60);
}, 60_000);
