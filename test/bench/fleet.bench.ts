import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { findDeno } from "../../scripts/find_deno.mjs";
import { connectAgents, keepPace, PACE_INTERVAL_MS } from "./ingest/paced_agents.ts";
import { ServerProcess } from "./ingest/server_process.ts";
import { type BenchReport, type BenchRow, machine, makeRow, median } from "./measure.ts";

export const name = "fleet";

/** One frame of a snapshot with 100 processes. */
const FRAME = "fixtures/snapshot/snapshot_top100.tide";
const SCRATCH = "build/bench-fleet";
const SIZES: readonly number[] = [1_000, 5_000];
const WINDOWS = 3;
/** Two rounds of every agent, so that all have sent and the code is warm. */
const WARM_UP_MS = 2 * PACE_INTERVAL_MS;
const SETTLE_MS = 2_000;

/** Connected agents at the pace that they have when nothing else is asked for. */
export async function run(): Promise<BenchReport> {
  const frame = new Uint8Array(readFileSync(FRAME));
  mkdirSync(SCRATCH, { recursive: true });
  const dir = mkdtempSync(`${SCRATCH}/run-`);
  try {
    const rows: BenchRow[] = [];
    for (const size of SIZES) rows.push(...(await measureSize(`${dir}/${size}`, size, frame)));
    return { bench: name, machine: machine(), rows };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function measureSize(dir: string, size: number, frame: Uint8Array): Promise<BenchRow[]> {
  const server = await ServerProcess.start(findDeno().path, dir, []);
  try {
    await sleep(SETTLE_MS);
    const emptyBytes = server.rssBytes();
    const agents = await connectAgents(server, size, frame);
    await sleep(SETTLE_MS);
    const idleBytes = server.rssBytes();
    const stop = keepPace(agents);
    await sleep(WARM_UP_MS);
    const cpu: number[] = [];
    const rss: number[] = [];
    for (let i = 0; i < WINDOWS; i++) {
      const [cpuSeconds, startMs] = [server.cpuSeconds(), performance.now()];
      await sleep(PACE_INTERVAL_MS);
      cpu.push(((server.cpuSeconds() - cpuSeconds) / (performance.now() - startMs)) * 100_000);
      rss.push(server.rssBytes());
    }
    stop();
    for (const agent of agents) agent.close();
    const [count, mb] = [size.toLocaleString("en"), median(rss) / 1_000_000];
    const perAgentKb = (bytes: number): number => (bytes - emptyBytes) / size / 1_000;
    const note = `${mb.toFixed(0)} MB in all, ${(emptyBytes / 1_000_000).toFixed(0)} MB without agents; connected and silent ${perAgentKb(idleBytes).toFixed(1)} kB an agent`;
    return [
      makeRow({
        case: `${count} agents: memory of the server, each`,
        ours: perAgentKb(median(rss)),
        peers: {},
        unit: "kB",
        note,
      }),
      makeRow({ case: `${count} agents: processor of the server`, ours: median(cpu), peers: {}, unit: "% of a core" }),
    ];
  } finally {
    await server.stop();
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
