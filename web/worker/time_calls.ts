/** What happened when, and how loaded machines were. */
import type { CaptureIndex } from "../../src/inspect/capture_index.ts";
import { fillTimeline } from "../../src/inspect/fill_timeline.ts";
import { Timeline } from "../../src/inspect/timeline.ts";
import { TIMELINE_KINDS } from "../../src/inspect/timeline_events.ts";
import type { Answer, Ask, LoadView, TimelineView } from "../worker_messages.ts";
import type { CallContext } from "./captures.ts";
import { definitionOf } from "./change_calls.ts";
import type { OpenCapture } from "./open_capture.ts";
import { Turn } from "./turn.ts";

/** Processes that a chart names. */
const BUSIEST = 8;

/** A timeline and how far it has been filled; a newer index of the same capture begins anew, and so does a file that grew. */
interface Known {
  readonly timeline: Timeline;
  /** How often rows had been taken away from the index. */
  readonly cuts: number;
  nextRow: number;
  /** Two calls must not fill it at once. */
  turn: Promise<void>;
}

const KNOWN = new WeakMap<CaptureIndex, Known>();

export async function timeline(
  { capture, sender, buckets, points }: Ask<"timeline">,
  { captures, signal, progress }: CallContext,
): Promise<Answer<"timeline">> {
  const open = captures.get(capture);
  const known = knownOf(open);
  const filled = known.turn.then(() => fill(open, known, signal, progress));
  known.turn = filled.catch(() => {});
  await filled;
  const { firstMs, lastMs, agents } = known.timeline;
  const fromMs = Number.isFinite(firstMs) ? firstMs : 0;
  const toMs = Number.isFinite(lastMs) ? lastMs + 1 : 1;
  return {
    agents,
    ...timelineView(known.timeline, sender, fromMs, toMs, buckets),
    load: sender === "" ? undefined : loadView(known.timeline, sender, points),
  };
}

function knownOf({ index }: OpenCapture): Known {
  const known = KNOWN.get(index);
  // Rows of a file's end that went into it may be gone since the file grew.
  if (known?.cuts === index.cuts) return known;
  const definition = index.streams.find((stream) => stream.definition?.inspection?.marksOf !== undefined)?.definition;
  if (definition === undefined) {
    const named = index.rows === 0 ? "an empty capture" : definitionOf({ index }, 0).title;
    throw new Error(`${named}: nothing in it tells of agents over time`);
  }
  const made: Known = { timeline: new Timeline(definition), cuts: index.cuts, nextRow: 0, turn: Promise.resolve() };
  KNOWN.set(index, made);
  return made;
}

async function fill(
  open: OpenCapture,
  known: Known,
  signal: AbortSignal,
  progress: (done: number, total: number) => void,
): Promise<void> {
  const indexed = await open.indexed();
  const turn = new Turn(signal);
  for await (const nextRow of fillTimeline(indexed, known.timeline, known.nextRow)) {
    known.nextRow = nextRow;
    progress(nextRow, indexed.index.rows);
    await turn.pause();
  }
}

function timelineView(
  timeline: Timeline,
  sender: string,
  fromMs: number,
  toMs: number,
  count: number,
): Omit<TimelineView, "agents" | "load"> {
  const query = { fromMs, toMs, ...(sender === "" ? {} : { agentId: sender }) };
  const buckets = timeline.buckets(query, Math.max(1, (toMs - fromMs) / count));
  const latency = timeline.latency(query);
  const limits: string[] = [];
  if (timeline.droppedEvents > 0) limits.push(`${timeline.droppedEvents} later events did not fit and are not shown`);
  if (timeline.droppedLoads > 0) limits.push(`${timeline.droppedLoads} later loads did not fit and are not shown`);
  return {
    fromMs,
    toMs,
    buckets: buckets.map(({ startMs, counts, firstRow }) => ({
      startMs,
      counts: TIMELINE_KINDS.map((kind) => counts[kind]),
      row: firstRow ?? -1,
    })),
    latency,
    limits,
  };
}

function loadView(timeline: Timeline, sender: string, points: number): LoadView {
  const whole = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
  const { timeMs, cpuPct, memUsedBytes, memTotalBytes, row, isThinned } = timeline.load(sender, whole, points);
  return {
    timesMs: Array.from(timeMs),
    cpuPct: Array.from(cpuPct),
    memPct: Array.from(memUsedBytes, (used, at) => (100 * used) / Math.max(1, memTotalBytes[at]!)),
    rows: Array.from(row),
    isThinned,
    busiest: timeline.busiest(sender, BUSIEST),
  };
}
