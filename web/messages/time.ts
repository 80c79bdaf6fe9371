/** A capture over time. */
import type { ProcessUse } from "../../src/inspect/busiest_processes.ts";
import type { AnswerLatency } from "../../src/inspect/timeline.ts";

/** What happened over time, of one agent or all. */
export interface TimelineView {
  readonly agents: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly buckets: readonly TimelineBucketView[];
  readonly latency: AnswerLatency | undefined;
  /** Of one agent only. */
  readonly load: LoadView | undefined;
  readonly limits: readonly string[];
}

export interface TimelineBucketView {
  readonly startMs: number;
  /** In the order of `TIMELINE_KINDS`. */
  readonly counts: readonly number[];
  /** The first row in it, to go to; -1 for none. */
  readonly row: number;
}

/** Columns of a chart. */
export interface LoadView {
  readonly timesMs: readonly number[];
  readonly cpuPct: readonly number[];
  readonly memPct: readonly number[];
  readonly rows: readonly number[];
  /** Several windows are one point: the busiest of each. */
  readonly isThinned: boolean;
  readonly busiest: readonly ProcessUse[];
}

/** What happened over time. */
export interface TimeCalls {
  /** Of all agents if `sender` is empty. */
  timeline(ask: {
    readonly capture: number;
    readonly sender: string;
    readonly buckets: number;
    readonly points: number;
  }): TimelineView;
}
