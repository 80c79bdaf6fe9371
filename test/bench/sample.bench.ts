import { readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { processes } from "systeminformation";
import { LinuxSampler } from "../../src/node/linux_sampler.ts";
import { withDummyProcesses } from "./dummy_processes.ts";
import { type BenchReport, machine, makeRow, median } from "./measure.ts";

export const name = "sample";

const DUMMIES = 500;
const ROUNDS = 15;
/** For half a second `systeminformation` says again what it said; an agent's pace is slower anyway. */
const PAUSE_MS = 700;
/** Linux tells times in hundredths of a second, whatever the kernel's own clock. */
const TICK_MS = 10;

/** CPU time of a look at this machine with 500 more processes: ours against `systeminformation`, in turns. */
export function run(): Promise<BenchReport> {
  return withDummyProcesses(DUMMIES, async () => {
    const clock = { utcMs: () => Date.now(), monotonicMs: () => performance.now() };
    const sampler = new LinuxSampler({ maxProcesses: 100, cmdline: false, clock });
    const { processTotal } = await sampler.sample();
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await sleep(PAUSE_MS);
      ours.push(await cpuMs(() => sampler.sample()));
      theirs.push(await cpuMs(() => processes()));
    }
    const row = makeRow({
      case: `${processTotal} processes`,
      ours: median(ours),
      peers: { "systeminformation.processes()": median(theirs) },
      unit: "ms of CPU",
      target: { peer: "systeminformation.processes()", atLeast: 60 },
      note: "CPU of this process and of those that it started and waited for; ours reads memory and processor times too",
    });
    return { bench: name, machine: machine(), rows: [row] };
  });
}

async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const childrenMs = waitedChildrenMs();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 + waitedChildrenMs() - childrenMs;
}

/** CPU time of children that ended, from fields 16 and 17 of proc(5); Node itself doesn't tell it. */
function waitedChildrenMs(): number {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}
