import type { MachineSample, ProcessSample } from "../../src/ports/mod.ts";
import type { Prng } from "./prng.ts";

/** How large an agent's snapshots are. */
export interface SampleShape {
  readonly processes: number;
  /** Chance of one that is ten times as large. */
  readonly large: number;
}

const NAMES = ["init", "sshd", "postgres: writer", "node", "kworker/0:1-events", "编译器", "naïve-daemon"];

/** What a machine with a few processes looks like. */
export function machineSample(random: Prng, shape: SampleShape, utcMs: number): MachineSample {
  const count = random.whole(0, shape.processes * (random.chance(shape.large) ? 10 : 1));
  const processes: ProcessSample[] = [];
  for (let i = 0; i < count; i++) {
    const name = NAMES[random.below(NAMES.length)]!;
    processes.push({
      pid: random.below(65_536),
      name,
      cpuPct: random.below(100),
      rssBytes: random.u32(),
      cmdline: null,
    });
  }
  return {
    windowStartMs: utcMs - 100,
    windowEndMs: utcMs,
    cpuTotalPct: random.below(100),
    memUsedBytes: random.u32(),
    memTotalBytes: 2 ** 33,
    processTotal: count,
    processes,
  };
}
