import type { MachineSample, MachineSampler, ProcessSample } from "../ports/machine_sampler.ts";
import type { SamplerOptions } from "./linux_sampler.ts";

/** A first look has no window behind it. */
const FIRST_WINDOW_MS = 250;

/**
 * Looks at machines that are not Linux, through `systeminformation`. It keeps the last look in a module of its own: one
 * sampler a process.
 */
export class SysteminformationSampler implements MachineSampler {
  readonly #options: SamplerOptions;
  #windowStartMs: number | undefined;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  async sample(): Promise<MachineSample> {
    const { currentLoad, mem, processes } = await import("systeminformation");
    if (this.#windowStartMs === undefined) {
      this.#windowStartMs = this.#options.clock.utcMs();
      await Promise.all([currentLoad(), processes()]);
      await new Promise((resolve) => setTimeout(resolve, FIRST_WINDOW_MS));
    }
    const [load, memory, all] = await Promise.all([currentLoad(), mem(), processes()]);
    const windowStartMs = this.#windowStartMs;
    this.#windowStartMs = this.#options.clock.utcMs();
    const ranked = all.list
      .map(({ pid, name, cpu, memRss, params, command }): ProcessSample => {
        const cmdline = this.#options.cmdline && command !== "" ? `${command} ${params}`.trim() : null;
        return { pid, name, cpuPct: Math.min(100, Math.max(0, cpu)), rssBytes: memRss * 1_024, cmdline };
      })
      .sort((a, b) => b.cpuPct - a.cpuPct || a.pid - b.pid);
    return {
      windowStartMs,
      windowEndMs: this.#windowStartMs,
      cpuTotalPct: Math.min(100, Math.max(0, load.currentLoad)),
      memUsedBytes: Math.max(0, memory.total - memory.available),
      memTotalBytes: memory.total,
      processTotal: ranked.length,
      processes: ranked.slice(0, this.#options.maxProcesses),
    };
  }

  close(): void {}
}
