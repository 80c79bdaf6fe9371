/** What happened to each agent over time, from the rows of a capture. */
import { ProtocolError } from "../core/mod.ts";
import type { FrameRow, ProtocolDefinition } from "../protocols/definition.ts";
import type { TimelineMark } from "../protocols/inspection.ts";
import { BusiestProcesses, type ProcessUse } from "./busiest_processes.ts";
import { DeliveryWatch } from "./delivery_watch.ts";
import { type LoadSeries, Loads, MAX_LOADS } from "./load_series.ts";
import {
  MAX_TIMELINE_EVENTS,
  TIMELINE_KINDS,
  type TimelineEvent,
  TimelineEvents,
  type TimelineKind,
} from "./timeline_events.ts";

/** Agents that are told apart; all others are one, named {@linkcode OTHER_AGENTS}. */
const MAX_AGENTS = 10_000;
/** Agents whose processes are added up, about 40 kB each. */
const MAX_AGENTS_WITH_PROCESSES = 1_000;
/** More than any screen has columns. */
const MAX_BUCKETS = 10_000;

/** Stands for the agents that are too many to be told apart. */
export const OTHER_AGENTS = "…";

/** A stretch of time, for one agent or all of them. */
export interface TimelineQuery {
  /** All agents if it is left out. */
  readonly agentId?: string;
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
}

/** What happened in one step of a chart. */
export interface TimelineBucket {
  readonly startMs: number;
  readonly counts: Readonly<Record<TimelineKind, number>>;
  /** The row of the first thing that happened, for a click; nothing where nothing did. */
  readonly firstRow: number | undefined;
}

/** How long answers took. */
export interface AnswerLatency {
  readonly answers: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** The row of the slowest. */
  readonly slowestRow: number;
}

/** Bounds of a timeline, for those who need less than the default. */
export interface TimelineLimits {
  readonly maxEvents: number;
  readonly maxLoads: number;
}

/**
 * Takes the rows of a capture in their order and answers what happened when: messages sent, answered, sent again and stored before,
 * throttling, signs of life, windows without a sample, the load of machines, and their busiest processes.
 *
 * Latencies come of the times that were given with the rows: stamps of two machines differ as their clocks do, times of packets don't.
 *
 * Memory is bounded (about 140 MB at the most): `droppedEvents` and `droppedLoads` say what did not fit.
 *
 * @example
 * ```ts
 * const timeline = new Timeline(SNAPSHOT_PROTOCOL);
 * timeline.add(0, 1_767_225_600_123, { type: "heartbeat", agentId: "db-1" });
 * timeline.agents; // ["db-1"]
 * timeline.buckets({ fromMs: timeline.firstMs, toMs: timeline.lastMs + 1 }, 1_000)[0]?.counts.heartbeat; // 1
 * ```
 */
export class Timeline {
  /** Whose rows it takes. */
  readonly definition: ProtocolDefinition;
  readonly #agents = new Map<string, number>();
  readonly #events: TimelineEvents;
  readonly #loads: Loads;
  readonly #processes = new Map<number, BusiestProcesses>();
  readonly #deliveries: DeliveryWatch = new DeliveryWatch();
  #firstMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(definition: ProtocolDefinition, limits?: TimelineLimits) {
    this.definition = definition;
    this.#events = new TimelineEvents(limits?.maxEvents ?? MAX_TIMELINE_EVENTS);
    this.#loads = new Loads(limits?.maxLoads ?? MAX_LOADS);
  }

  /** In the order of their first rows. */
  get agents(): readonly string[] {
    return [...this.#agents.keys()];
  }

  /** The time of the earliest event; infinite while there is none. */
  get firstMs(): number {
    return this.#firstMs;
  }

  /** The time of the latest event; minus infinity while there is none. */
  get lastMs(): number {
    return this.#lastMs;
  }

  get droppedEvents(): number {
    return this.#events.dropped;
  }

  get droppedLoads(): number {
    return this.#loads.dropped;
  }

  /** Takes the next row of a frame that could be decoded. What has no time (NaN) is passed over. */
  add(rowNumber: number, timeMs: number, row: FrameRow): void {
    if (Number.isNaN(timeMs)) return;
    const marks = this.definition.inspection?.marksOf?.(row) ?? [];
    if (marks.length === 0) return;
    const agent = this.#agentOf(row["agentId"]);
    for (const mark of marks) this.#mark(agent, mark, timeMs, rowNumber);
  }

  /**
   * What happened, step by step.
   *
   * @throws ProtocolError `inspect/too-many-buckets` (local) over 10,000
   */
  buckets(query: TimelineQuery, widthMs: number): readonly TimelineBucket[] {
    const { fromMs, toMs } = query;
    const count = Math.max(0, Math.ceil((toMs - fromMs) / widthMs));
    if (!(count <= MAX_BUCKETS)) {
      throw new ProtocolError({
        code: "inspect/too-many-buckets",
        side: "local",
        found: `${toMs - fromMs} ms in steps of ${widthMs}`,
        expected: `at most ${MAX_BUCKETS} steps`,
      });
    }
    const counts = new Uint32Array(count * TIMELINE_KINDS.length);
    const firstRows = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    this.#scan(query, (at) => {
      const bucket = Math.min(count - 1, Math.floor((this.#events.timeMs(at) - fromMs) / widthMs));
      counts[bucket * TIMELINE_KINDS.length + this.#events.kindNumber(at)]!++;
      firstRows[bucket] = Math.min(firstRows[bucket]!, this.#events.row(at));
    });
    return Array.from({ length: count }, (_, i) => ({
      startMs: fromMs + i * widthMs,
      counts: Object.fromEntries(
        TIMELINE_KINDS.map((kind, k) => [kind, counts[i * TIMELINE_KINDS.length + k]!]),
      ) as Record<TimelineKind, number>,
      firstRow: Number.isFinite(firstRows[i]!) ? firstRows[i]! : undefined,
    }));
  }

  /** The events themselves, in the order of the capture, at most `maxEvents`: the rows behind a bucket. */
  events(query: TimelineQuery, kinds: ReadonlySet<TimelineKind>, maxEvents: number): readonly TimelineEvent[] {
    const found: TimelineEvent[] = [];
    this.#scan(query, (at) => {
      if (found.length < maxEvents && kinds.has(TIMELINE_KINDS[this.#events.kindNumber(at)]!)) {
        found.push(this.#events.event(at));
      }
    });
    return found;
  }

  /** How long the last answers (stored or refused) took; nothing if there are none whose message is known. */
  latency(query: TimelineQuery): AnswerLatency | undefined {
    const places: number[] = [];
    this.#scan(query, (at) => {
      const kind = TIMELINE_KINDS[this.#events.kindNumber(at)];
      if ((kind === "stored" || kind === "refused") && !Number.isNaN(this.#events.valueMs(at))) places.push(at);
    });
    if (places.length === 0) return undefined;
    places.sort((a, b) => this.#events.valueMs(a) - this.#events.valueMs(b));
    const at = (share: number): number => places[Math.min(places.length - 1, Math.floor(share * places.length))]!;
    return {
      answers: places.length,
      medianMs: this.#events.valueMs(at(0.5)),
      p99Ms: this.#events.valueMs(at(0.99)),
      maxMs: this.#events.valueMs(at(1)),
      slowestRow: this.#events.row(at(1)),
    };
  }

  /** CPU and memory of an agent's machine, at most `maxPoints` of them. */
  load(agentId: string, { fromMs, toMs }: TimelineQuery, maxPoints: number): LoadSeries {
    return this.#loads.series(this.#agents.get(agentId) ?? -1, fromMs, toMs, maxPoints);
  }

  /** The busiest processes of an agent over the whole capture; none for agents beyond the first 1,000. */
  busiest(agentId: string, count: number): readonly ProcessUse[] {
    return this.#processes.get(this.#agents.get(agentId) ?? -1)?.top(count) ?? [];
  }

  #mark(agent: number, mark: TimelineMark, timeMs: number, row: number): void {
    switch (mark.type) {
      case "sent":
        this.#event(agent, this.#deliveries.sent(agent, mark, timeMs), timeMs, row, Number.NaN);
        return;
      case "answered":
        this.#event(agent, mark.answer, timeMs, row, this.#deliveries.answered(agent, mark, timeMs));
        return;
      case "throttled":
        // What a handshake says of a pace that is none is no news.
        if (this.#deliveries.throttled(agent, mark.delayMs)) this.#event(agent, "throttled", timeMs, row, mark.delayMs);
        return;
      case "heartbeat":
        this.#event(agent, "heartbeat", timeMs, row, Number.NaN);
        return;
      case "load":
        this.#takeLoad(agent, mark, row);
    }
  }

  #takeLoad(agent: number, mark: TimelineMark & { readonly type: "load" }, row: number): void {
    const gap = this.#deliveries.loaded(agent, mark);
    if (gap === "repeated") return;
    if (gap !== undefined) this.#event(agent, "gap", gap.fromMs, row, gap.lastsMs);
    const { cpuPct, memUsedBytes, memTotalBytes, endMs } = mark;
    this.#loads.add(agent, { timeMs: endMs, cpuPct, memUsedBytes, memTotalBytes, row });
    let processes = this.#processes.get(agent);
    if (processes === undefined && this.#processes.size < MAX_AGENTS_WITH_PROCESSES) {
      processes = new BusiestProcesses();
      this.#processes.set(agent, processes);
    }
    processes?.add(row, mark.processes);
  }

  #event(agent: number, kind: TimelineKind, timeMs: number, row: number, valueMs: number): void {
    this.#events.add(agent, kind, timeMs, row, valueMs);
    this.#firstMs = Math.min(this.#firstMs, timeMs);
    this.#lastMs = Math.max(this.#lastMs, timeMs);
  }

  #scan({ agentId, fromMs, toMs }: TimelineQuery, visit: (at: number) => void): void {
    const agent = agentId === undefined ? undefined : (this.#agents.get(agentId) ?? -1);
    this.#events.scan(agent, fromMs, toMs, visit);
  }

  #agentOf(agentId: unknown): number {
    const wanted = typeof agentId === "string" ? agentId : "";
    const known = this.#agents.get(wanted);
    if (known !== undefined) return known;
    const name = this.#agents.size < MAX_AGENTS ? wanted : OTHER_AGENTS;
    const number = this.#agents.get(name) ?? this.#agents.size;
    this.#agents.set(name, number);
    return number;
  }
}
