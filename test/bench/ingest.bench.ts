import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { findDeno } from "../../scripts/find_deno.mjs";
import { diskCeilingUs } from "./disk_ceiling.ts";
import type { LoadAgent } from "./ingest/load_agent.ts";
import { connectAgents, keepPace, PACE_INTERVAL_MS } from "./ingest/paced_agents.ts";
import { ServerProcess } from "./ingest/server_process.ts";
import { type BenchReport, type BenchRow, machine, makeRow, median } from "./measure.ts";

export const name = "ingest";

/** One frame of a snapshot with 100 processes. */
const FRAME = "fixtures/snapshot/snapshot_top100.tide";
/** On the project's own disk: a temporary folder may be in memory, where a sync costs nothing. */
const SCRATCH = "build/bench-ingest";

const FLOOD_AGENTS = 64;
const FLOOD_WARM_UP_MS = 2_000;
const FLOOD_WINDOWS = 7;
/** A batch of the server's, for the disk's own ceiling. */
const CEILING_BATCH = 512;

const PACE_AGENTS = 1_000;
const PACE_WINDOWS = 3;

/** Loads a real server, which is a process of its own, from this one. */
export async function run(): Promise<BenchReport> {
  const frame = new Uint8Array(readFileSync(FRAME));
  mkdirSync(SCRATCH, { recursive: true });
  const dir = mkdtempSync(`${SCRATCH}/run-`);
  try {
    const before = await diskCeilingUs(`${dir}/ceiling-before`, frame, CEILING_BATCH);
    const flood = await withServer(`${dir}/flood`, (server) => measureFlood(server, frame));
    const after = await diskCeilingUs(`${dir}/ceiling-after`, frame, CEILING_BATCH);
    const pace = await withServer(`${dir}/pace`, (server) => measurePace(server, frame));
    return { bench: name, machine: machine(), rows: [floodRow(flood, (before + after) / 2), ...paceRows(pace)] };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function withServer<T>(dir: string, measure: (server: ServerProcess) => Promise<T>): Promise<T> {
  const server = await ServerProcess.start(findDeno().path, dir, []);
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

const storedBy = (agents: readonly LoadAgent[]): number => agents.reduce((sum, { stored }) => sum + stored, 0);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Flood {
  readonly storedPerSecond: number;
  /** Of a core. */
  readonly serverCpuPct: number;
}

/** As fast as it goes: every agent keeps its window full, and what counts is acknowledged as stored. */
async function measureFlood(server: ServerProcess, frame: Uint8Array): Promise<Flood> {
  const agents = await connectAgents(server, FLOOD_AGENTS, frame);
  for (const agent of agents) agent.flood();
  await sleep(FLOOD_WARM_UP_MS);
  const rates: number[] = [];
  const cpu: number[] = [];
  for (let i = 0; i < FLOOD_WINDOWS; i++) {
    const [stored, cpuSeconds, startMs] = [storedBy(agents), server.cpuSeconds(), performance.now()];
    await sleep(1_000);
    const seconds = (performance.now() - startMs) / 1_000;
    rates.push((storedBy(agents) - stored) / seconds);
    cpu.push(((server.cpuSeconds() - cpuSeconds) / seconds) * 100);
  }
  for (const agent of agents) agent.close();
  return { storedPerSecond: median(rates), serverCpuPct: median(cpu) };
}

interface Pace {
  readonly cpuPct: number;
  readonly rssMb: number;
}

/** 1,000 agents, a snapshot every ten seconds and heartbeats as the server asks for them, spread evenly. */
async function measurePace(server: ServerProcess, frame: Uint8Array): Promise<Pace> {
  const agents = await connectAgents(server, PACE_AGENTS, frame);
  const stop = keepPace(agents);
  // One round, so that every agent has sent and the code is warm.
  await sleep(PACE_INTERVAL_MS * 1.5);
  const cpu: number[] = [];
  let rssBytes = 0;
  for (let i = 0; i < PACE_WINDOWS; i++) {
    const [cpuSeconds, startMs] = [server.cpuSeconds(), performance.now()];
    await sleep(PACE_INTERVAL_MS);
    cpu.push(((server.cpuSeconds() - cpuSeconds) / (performance.now() - startMs)) * 100_000);
    rssBytes = Math.max(rssBytes, server.rssBytes());
  }
  stop();
  for (const agent of agents) agent.close();
  return { cpuPct: median(cpu), rssMb: rssBytes / 1_000_000 };
}

function floodRow({ storedPerSecond, serverCpuPct }: Flood, diskUs: number): BenchRow {
  const rate = Math.round(storedPerSecond).toLocaleString("en");
  const ceiling = Math.round(1_000_000 / diskUs).toLocaleString("en");
  return makeRow({
    case: "top-100 snapshots, durable before acknowledged",
    ours: 1_000_000 / storedPerSecond,
    peers: { "20,000 a second": 50, "the disk alone": diskUs },
    unit: "µs",
    target: { peer: "20,000 a second", atLeast: 1 },
    note: `${rate} a second over ${FLOOD_AGENTS} connections; the server used ${Math.round(serverCpuPct)} % of a core; the disk alone does ${ceiling} a second in batches of ${CEILING_BATCH}`,
  });
}

function paceRows({ cpuPct, rssMb }: Pace): BenchRow[] {
  return [
    makeRow({
      case: "1,000 agents, a snapshot every 10 s: processor",
      ours: cpuPct,
      peers: { goal: 5 },
      unit: "% of a core",
      target: { peer: "goal", atLeast: 1 },
    }),
    makeRow({
      case: "1,000 agents, a snapshot every 10 s: resident memory",
      ours: rssMb,
      peers: { goal: 150 },
      unit: "MB",
      target: { peer: "goal", atLeast: 1 },
    }),
  ];
}
