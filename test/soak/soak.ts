import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { findDeno } from "../../scripts/find_deno.mjs";
import { systemClock } from "../../src/node/clock.ts";
import { Fleet } from "../../src/node/fleet/fleet.ts";
import { tcpDialer } from "../../src/node/tcp_dialer.ts";
import { LoadAgent } from "../bench/ingest/load_agent.ts";
import { ServerProcess } from "../bench/ingest/server_process.ts";
import { growthPerMinute } from "./slope.ts";

/** How long and how hard. */
export interface SoakOptions {
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly agents: number;
  /** Snapshots a second, of all agents together. */
  readonly perSecond: number;
  /** Told of each sample. */
  readonly onSample?: (text: string) => void;
}

/** What a soak found. */
export interface SoakReport {
  readonly minutes: number;
  readonly stored: number;
  readonly failed: number;
  /** Connections that came and went. */
  readonly churned: number;
  readonly server: ProcessTrend;
  /** All agents of the fleet, in this process. */
  readonly agents: ProcessTrend;
}

/** How a process changed while it did the same all the time. */
export interface ProcessTrend {
  readonly firstMb: number;
  readonly lastMb: number;
  readonly growthMbPerMinute: number;
  /** Bytes that stayed for each snapshot that went through: a leak shows here whatever the time. */
  readonly growthBytesPerSnapshot: number;
  readonly firstHandles: number;
  readonly lastHandles: number;
}

const SCRATCH = "build/soak";
const FRAME = "fixtures/snapshot/snapshot_top100.tide";
/** Agents that come, send one snapshot and go: connections are what servers leak first. */
const CHURN_INTERVAL_MS = 50;
const SAMPLES = 40;
/** Files come and go, too. */
const STORE_FLAGS: readonly string[] = ["--rotate-bytes", "8MiB", "--retain-bytes", "32MiB"];

/** The same load for a while, on real processes; gives how memory and handles changed. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { warmUpMs, measureMs, agents, perSecond, onSample } = options;
  mkdirSync(SCRATCH, { recursive: true });
  const dir = mkdtempSync(`${SCRATCH}/run-`);
  const server = await ServerProcess.start(findDeno().path, dir, STORE_FLAGS);
  const fleet = new Fleet({
    agents,
    perSecond,
    processes: 100,
    server: `127.0.0.1:${server.port}`,
    dialer: tcpDialer,
    clock: systemClock,
    agentVersion: "soak",
    drainTimeoutMs: 10_000,
  });
  const churn = new Churn(server.port, new Uint8Array(readFileSync(FRAME)));
  try {
    fleet.start();
    churn.start();
    await sleep(warmUpMs);
    const samples: Sample[] = [];
    for (let i = 0; i <= SAMPLES; i++) {
      if (i > 0) await sleep(measureMs / SAMPLES);
      samples.push(sampleOf(server, fleet));
      onSample?.(sampleText(samples.at(-1)!));
    }
    await churn.stop();
    await fleet.stop();
    const { accepted, acknowledged } = fleet.counts;
    return {
      minutes: measureMs / 60_000,
      stored: acknowledged,
      failed: accepted - acknowledged,
      churned: churn.count,
      server: trend(
        samples,
        ({ serverBytes }) => serverBytes,
        ({ serverHandles }) => serverHandles,
      ),
      agents: trend(
        samples,
        ({ ownBytes }) => ownBytes,
        ({ ownHandles }) => ownHandles,
      ),
    };
  } finally {
    await churn.stop();
    await fleet.stop();
    await server.stop();
    rmSync(dir, { recursive: true });
  }
}

interface Sample {
  readonly atMs: number;
  readonly stored: number;
  readonly serverBytes: number;
  readonly serverHandles: number;
  readonly ownBytes: number;
  readonly ownHandles: number;
}

function sampleOf(server: ServerProcess, fleet: Fleet): Sample {
  return {
    atMs: performance.now(),
    stored: fleet.counts.acknowledged,
    serverBytes: server.rssBytes(),
    serverHandles: handlesOf(server.pid),
    ownBytes: process.memoryUsage().rss,
    ownHandles: handlesOf(process.pid),
  };
}

function sampleText({ stored, serverBytes, serverHandles, ownBytes, ownHandles }: Sample): string {
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  return `${stored} stored; server ${mb(serverBytes)}, ${serverHandles} handles; agents ${mb(ownBytes)}, ${ownHandles} handles`;
}

function trend(samples: readonly Sample[], bytes: (s: Sample) => number, handles: (s: Sample) => number): ProcessTrend {
  const [first, last] = [samples[0]!, samples.at(-1)!];
  const perMinute = growthPerMinute(samples.map((one) => [one.atMs, bytes(one)] as const));
  const perSnapshot = growthPerMinute(samples.map((one) => [one.stored * 60_000, bytes(one)] as const));
  return {
    firstMb: Number((bytes(first) / 1e6).toFixed(1)),
    lastMb: Number((bytes(last) / 1e6).toFixed(1)),
    growthMbPerMinute: Number((perMinute / 1e6).toFixed(3)),
    growthBytesPerSnapshot: Number(perSnapshot.toFixed(2)),
    firstHandles: handles(first),
    lastHandles: handles(last),
  };
}

/** Open files and sockets. */
function handlesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Agents that come and go, ten ids in turn. */
class Churn {
  count = 0;
  readonly #port: number;
  readonly #frame: Uint8Array;
  #running: Promise<void> | undefined;
  #isOver = false;

  constructor(port: number, frame: Uint8Array) {
    this.#port = port;
    this.#frame = frame;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      const agent = new LoadAgent(this.#port, 900_000 + (this.count++ % 10), this.#frame);
      await agent.established();
      agent.send(1);
      await sleep(CHURN_INTERVAL_MS);
      agent.close();
    }
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
