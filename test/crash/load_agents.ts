/**
 * A process with many agents in it: real sessions, engines, hosts and spools; only the machine that they look at is made
 * up. Says on standard output what is durable here (`W id`), and what the server said is stored (`S id`): what stands there
 * when the process is killed is what it had promised.
 */
import { writeSync } from "node:fs";
import { join } from "node:path";
import { AgentEngine } from "../../src/agent/agent_engine.ts";
import { Spool } from "../../src/agent/spool.ts";
import { AgentHost, utcOffsetMs } from "../../src/node/agent_host.ts";
import { systemClock } from "../../src/node/clock.ts";
import { systemEntropy } from "../../src/node/entropy.ts";
import { FolderDisk, makeFolder } from "../../src/node/folder_disk.ts";
import { lockFolder } from "../../src/node/process_lock.ts";
import { tcpDialer } from "../../src/node/tcp_dialer.ts";
import type { MachineSample } from "../../src/ports/machine_sampler.ts";
import { ClientSession, idHex, PLATFORM_LINUX } from "../../src/protocols/snapshot/mod.ts";

/** What the process is started with, as JSON. */
export interface LoadOptions {
  readonly name: string;
  readonly server: string;
  readonly folder: string;
  readonly agents: number;
  readonly intervalMs: number;
}

const STDOUT = 1;
const DRAIN_TIMEOUT_MS = 60_000;
const WATCH_MS = 50;

function machine(): MachineSample {
  const windowEndMs = Date.now();
  const processes = [{ pid: 1, name: "load", cpuPct: 1, rssBytes: 4_096, cmdline: null }];
  const memory = { memUsedBytes: 1, memTotalBytes: 2 };
  return { windowStartMs: windowEndMs - 1, windowEndMs, cpuTotalPct: 1, ...memory, processTotal: 1, processes };
}

async function runAgent(options: LoadOptions, index: number): Promise<boolean> {
  const agentId = `${options.name}-${index}`;
  const folder = join(options.folder, agentId);
  await makeFolder(folder);
  const lock = lockFolder(folder);
  const offsetMs = utcOffsetMs(systemClock);
  const who = { agentId, platform: PLATFORM_LINUX, entropy: systemEntropy, utcOffsetMs: offsetMs };
  const spool = await Spool.open({
    ...who,
    disk: new FolderDisk(folder),
    limits: { maxBytes: 64 * 1_048_576, maxAgeMs: 86_400_000, drop: "oldest", memoryBytes: 16 * 1_048_576 },
    onRecovery: (report) => say("T", report.type),
  });
  const names = { agentVersion: "load", hostName: "load", osRelease: "" };
  const session = new ClientSession({ ...who, ...names, capabilities: 0 });
  const engine = new AgentEngine(
    {
      session,
      servers: [options.server],
      entropy: systemEntropy,
      intervalMs: options.intervalMs,
      selection: { all: false, top: 100, cmdline: false, redact: [] },
      outboxBytes: 1_048_576,
      spool,
      catchUpPerSecond: 100_000,
      drainTimeoutMs: DRAIN_TIMEOUT_MS,
      once: false,
    },
    systemClock.monotonicMs(),
  );
  const host = new AgentHost({
    engine,
    sampler: { sample, close: () => {} },
    dialer: tcpDialer,
    clock: systemClock,
    onReport(report) {
      if (report.type === "spooled") say("W", idHex(report.snapshotId));
      else if (report.type === "stored") say("S", idHex(report.snapshotId));
      else if (report.type === "dropped") say("D", idHex(report.snapshotId));
      else if (report.type === "refused") say("R", `${idHex(report.snapshotId)} ${report.errorName}`);
      else if (report.type === "spoolFailed") say("F", report.reason);
    },
  });
  spool.onChange = () => host.wake();
  // Asked to end, it takes no more samples, and ends when everything that it has is stored.
  const watch = setInterval(() => {
    if (!isSampling && engine.queued === 0) host.stop();
  }, WATCH_MS);
  const end = await host.run();
  clearInterval(watch);
  await spool.close();
  lock.release();
  return end.how === "drained";
}

function sample(): Promise<MachineSample> {
  return isSampling ? Promise.resolve(machine()) : Promise.reject(new Error("no more samples"));
}

const lines: string[] = [];

/** Gathered for one write a turn, which is over before the turn is: a killed process has said all that it knew. */
function say(what: string, text: string): void {
  if (lines.push(`${what} ${text}\n`) === 1) queueMicrotask(flush);
}

function flush(): void {
  let bytes: Uint8Array = Buffer.from(lines.splice(0).join(""));
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(STDOUT, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}

const options = JSON.parse(process.argv[2]!) as LoadOptions;
let isSampling = true;
process.on("SIGTERM", () => {
  isSampling = false;
});
const ends = await Promise.all(Array.from({ length: options.agents }, (_, i) => runAgent(options, i)));
process.exit(ends.every((drained) => drained) ? 0 : 1);
