import type { Int64 } from "../protocols/snapshot/mod.ts";

/** Processes that an overview names: more than fit a screen beside other agents. */
const NAMED_PROCESSES = 10;

/** One of the busiest processes of an agent. No command line: they hold secrets. */
export interface BusyProcess {
  readonly pid: number;
  readonly name: string;
  /** 0 to 100, of all processors together. */
  readonly cpuPct: number;
  readonly rssBytes: number;
}

/** An agent as its latest snapshot shows it; plain JSON, so sizes beyond 2^53 are rounded. */
export interface AgentOverview {
  readonly agentId: string;
  /** When the snapshot came in, or was sent where only that is known; UTC Unix milliseconds. */
  readonly lastSeenMs: number;
  /** When it was taken, by the agent's clock. */
  readonly windowEndMs: number;
  readonly cpuPct: number;
  readonly memUsedBytes: number;
  readonly memTotalBytes: number;
  readonly processTotal: number;
  /** At most ten, the busiest first. */
  readonly processes: readonly BusyProcess[];
}

/** What an overview is made of: a decoded snapshot, whatever form its ids have. */
export interface OverviewSource {
  readonly windowEndMs: Int64;
  readonly cpuTotalPct: number;
  readonly memUsedBytes: Int64;
  readonly memTotalBytes: Int64;
  readonly processTotal: number;
  readonly processes: readonly {
    readonly pid: number;
    readonly name: string;
    readonly cpuPct: number;
    readonly rssBytes: Int64;
  }[];
}

/** Processes stand in the order of their rank (spec §4), so the first are the busiest. */
export function agentOverview(agentId: string, lastSeenMs: number, snapshot: OverviewSource): AgentOverview {
  return {
    agentId,
    lastSeenMs,
    windowEndMs: Number(snapshot.windowEndMs),
    cpuPct: snapshot.cpuTotalPct,
    memUsedBytes: Number(snapshot.memUsedBytes),
    memTotalBytes: Number(snapshot.memTotalBytes),
    processTotal: snapshot.processTotal,
    processes: snapshot.processes.slice(0, NAMED_PROCESSES).map(({ pid, name, cpuPct, rssBytes }) => ({
      pid,
      name,
      cpuPct,
      rssBytes: Number(rssBytes),
    })),
  };
}
