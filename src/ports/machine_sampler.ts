/** One process, as the machine showed it at the end of the sampling window. */
export interface ProcessSample {
  readonly pid: number;
  readonly name: string;
  /** 0 to 100: share of all processors together, over the sampling window. */
  readonly cpuPct: number;
  readonly rssBytes: number;
  /** The command line, or null when it was not asked for or can't be read. */
  readonly cmdline: string | null;
}

/** One look at the machine. */
export interface MachineSample {
  /** UTC Unix milliseconds. */
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  /** 0 to 100, of all processors together. */
  readonly cpuTotalPct: number;
  /** Total less available. */
  readonly memUsedBytes: number;
  readonly memTotalBytes: number;
  /** How many processes the machine has, listed in `processes` or not. */
  readonly processTotal: number;
  /** Ordered by `cpuPct` descending, then `pid` ascending; at most as many as were asked for. */
  readonly processes: readonly ProcessSample[];
}

/** Looks at a machine. The window of a sample begins where the last one ended. */
export interface MachineSampler {
  /** @throws Error when the machine can't be read at all; single processes that vanish are left out */
  sample(): Promise<MachineSample>;
  close(): void;
}
