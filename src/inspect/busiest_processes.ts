import type { ProcessLoad } from "../protocols/inspection.ts";

/** Names that are followed for an agent; a newcomer takes the place of the one that used least. */
const MAX_NAMES = 256;

/** The processes of one name on a machine, over all its sampling windows. */
export interface ProcessUse {
  readonly name: string;
  /** The mean over all windows; one that it was not listed in counts as 0. */
  readonly meanCpuPct: number;
  readonly maxCpuPct: number;
  /** The row of the busiest window. */
  readonly maxCpuRow: number;
  /** The largest of one process. */
  readonly maxRssBytes: number;
  /** Windows in which it was listed. */
  readonly windows: number;
}

interface Sum {
  cpuPct: number;
  maxCpuPct: number;
  maxCpuRow: number;
  maxRssBytes: number;
  windows: number;
}

/** Adds up what the processes of one agent use, by name: process ids change with each restart. */
export class BusiestProcesses {
  readonly #sums = new Map<string, Sum>();
  #windows = 0;

  /** Takes the processes of one window. */
  add(row: number, processes: readonly ProcessLoad[]): void {
    this.#windows++;
    const ofWindow = new Map<string, { cpuPct: number; rssBytes: number }>();
    for (const { name, cpuPct, rssBytes } of processes) {
      const known = ofWindow.get(name);
      if (known === undefined) ofWindow.set(name, { cpuPct, rssBytes });
      else {
        known.cpuPct += cpuPct;
        known.rssBytes = Math.max(known.rssBytes, rssBytes);
      }
    }
    for (const [name, { cpuPct, rssBytes }] of ofWindow) this.#addOne(row, name, cpuPct, rssBytes);
  }

  /** The busiest first, at most `count`. */
  top(count: number): readonly ProcessUse[] {
    return [...this.#sums]
      .sort(([, a], [, b]) => b.cpuPct - a.cpuPct)
      .slice(0, count)
      .map(([name, { cpuPct, maxCpuPct, maxCpuRow, maxRssBytes, windows }]) => {
        return { name, meanCpuPct: cpuPct / this.#windows, maxCpuPct, maxCpuRow, maxRssBytes, windows };
      });
  }

  #addOne(row: number, name: string, cpuPct: number, rssBytes: number): void {
    let sum = this.#sums.get(name);
    if (sum === undefined) {
      if (this.#sums.size === MAX_NAMES) this.#makeRoom();
      sum = { cpuPct: 0, maxCpuPct: -1, maxCpuRow: row, maxRssBytes: 0, windows: 0 };
      this.#sums.set(name, sum);
    }
    sum.cpuPct += cpuPct;
    sum.windows++;
    sum.maxRssBytes = Math.max(sum.maxRssBytes, rssBytes);
    if (cpuPct > sum.maxCpuPct) {
      sum.maxCpuPct = cpuPct;
      sum.maxCpuRow = row;
    }
  }

  #makeRoom(): void {
    let least: string | undefined;
    let leastCpu = Number.POSITIVE_INFINITY;
    for (const [name, { cpuPct }] of this.#sums) {
      if (cpuPct >= leastCpu) continue;
      least = name;
      leastCpu = cpuPct;
    }
    this.#sums.delete(least!);
  }
}
