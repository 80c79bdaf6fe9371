import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { SessionServer } from "../node/session_server.ts";
import { withDummyProcesses } from "./dummy_processes.ts";
import { type BenchReport, machine, makeRow } from "./measure.ts";

export const name = "agent";

const DUMMIES = 500;
const INTERVAL_MS = 10_000;
/** The second highest of 20 windows is the 95th percentile. */
const WINDOWS = 20;
/** Starting takes CPU once in an agent's life; the windows begin after it, in the middle between two samples. */
const START_MS = 5_000;

/** A real agent at its normal pace for 200 s: processor time of each interval, and memory at the end of each. */
export async function run(): Promise<BenchReport> {
  const built = spawnSync(process.execPath, ["scripts/build.mjs"], { stdio: ["ignore", 2, 2] });
  if (built.status !== 0) throw new Error("dist/ could not be built");
  const { cpuPcts, anonMbs, rssMbs } = await withDummyProcesses(DUMMIES, measureAgent);
  cpuPcts.sort((a, b) => a - b);
  const rows = [
    makeRow({
      case: "CPU, p95",
      ours: cpuPcts[Math.ceil(WINDOWS * 0.95) - 1]!,
      peers: { "the bound": 0.3, "the goal": 2 },
      unit: "% of a core",
      target: { peer: "the bound", atLeast: 1 },
      note: `over ${WINDOWS} intervals of ${INTERVAL_MS / 1_000} s; median ${cpuPcts[WINDOWS / 2]!.toFixed(3)} %`,
    }),
    makeRow({
      case: "RssAnon, highest",
      ours: Math.max(...anonMbs),
      peers: { "the bound": 16, "the goal": 25 },
      unit: "MB",
      target: { peer: "the bound", atLeast: 1 },
    }),
    makeRow({
      case: "RSS, highest",
      ours: Math.max(...rssMbs),
      peers: {},
      unit: "MB",
      note: "mostly the shared binary of Node itself, which takes about 40 MB without any program",
    }),
  ];
  return { bench: name, machine: machine(), rows };
}

async function measureAgent(): Promise<{ cpuPcts: number[]; anonMbs: number[]; rssMbs: number[] }> {
  const server = new SessionServer();
  await server.listen();
  const stateDir = mkdtempSync(join(tmpdir(), "agent-bench-"));
  const args = [
    "dist/node/cli.js",
    "agent",
    "--server",
    server.address,
    "--state-dir",
    stateDir,
    "--log-level",
    "warn",
  ];
  const agent = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  const cpuPcts: number[] = [];
  const anonMbs: number[] = [];
  const rssMbs: number[] = [];
  try {
    await sleep(START_MS);
    let beforeNs = cpuNs(agent.pid!);
    for (let window = 0; window < WINDOWS; window++) {
      await sleep(INTERVAL_MS);
      const nowNs = cpuNs(agent.pid!);
      cpuPcts.push(((nowNs - beforeNs) / (INTERVAL_MS * 1e6)) * 100);
      beforeNs = nowNs;
      anonMbs.push(memoryMb(agent.pid!, "RssAnon"));
      rssMbs.push(memoryMb(agent.pid!, "VmRSS"));
    }
    const stored = server.events.filter((event) => event.type === "snapshot").length;
    if (stored < WINDOWS) throw new Error(`found ${stored} snapshots, expected one an interval`);
  } finally {
    agent.kill("SIGKILL");
    server.close();
    rmSync(stateDir, { recursive: true, force: true });
  }
  return { cpuPcts, anonMbs, rssMbs };
}

/** Time on a processor of all threads; `/proc/<pid>/stat` would tell it in steps of 0.1 % of an interval. */
function cpuNs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce(
    (sum, id) => sum + Number.parseInt(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8"), 10),
    0,
  );
}

function memoryMb(pid: number, field: string): number {
  const [, kilobytes] = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return (Number(kilobytes) * 1_024) / 1e6;
}
