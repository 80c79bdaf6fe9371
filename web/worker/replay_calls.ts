/** A capture stepped through the sessions of its protocol. */
import { type CaptureIndex, NO_NUMBER } from "../../src/inspect/capture_index.ts";
import { printable } from "../../src/inspect/printable.ts";
import { RowReader } from "../../src/inspect/row_reader.ts";
import type { Replay, ReplayStep, ReplayTransition } from "../../src/protocols/inspection.ts";
import type { Answer, Ask, ReplayStepView } from "../worker_messages.ts";
import type { CallContext } from "./captures.ts";
import { definitionOf } from "./change_calls.ts";
import { summaryOf } from "./row_lines.ts";
import { hexText } from "./row_text.ts";
import { Turn } from "./turn.ts";

/** Frames that one call may feed. */
const MAX_FRAMES = 256;
/** Characters of an event that are written. */
const MAX_EVENT_CHARS = 600;

/** The replay that is under way: there is one on the page. */
let current:
  | { readonly index: CaptureIndex; readonly sender: string; readonly replay: Replay; nextRow: number; atMs: number }
  | undefined;

export async function replay(
  { capture, sender, row, frames }: Ask<"replay">,
  { captures, signal, progress }: CallContext,
): Promise<Answer<"replay">> {
  const indexed = await captures.get(capture).indexed();
  const { index, options } = indexed;
  if (current?.index !== index || current.sender !== sender || current.nextRow !== row) {
    const definition = definitionOf(indexed, Math.min(row, index.rows - 1));
    const createReplay = await definition.inspection?.loadReplay?.();
    if (createReplay === undefined) throw new Error(`${definition.title}: there are no sessions to replay it through`);
    const replay = createReplay(sender, options);
    current = { index, sender, replay, nextRow: row, atMs: Number.NEGATIVE_INFINITY };
  }
  const state = current;
  const reader = new RowReader(indexed);
  const turn = new Turn(signal);
  const steps: ReplayStepView[] = [];
  let fed = 0;
  while (state.nextRow < index.rows && fed < Math.min(frames, MAX_FRAMES)) {
    const at = state.nextRow;
    if (isOf(index, at, sender)) {
      const read = await reader.read(at);
      const timeMs = index.timeMs(at);
      state.atMs = Math.max(state.atMs, Number.isNaN(timeMs) ? Math.max(state.atMs, 0) : timeMs);
      const frameRow = read.error === undefined ? read.row : undefined;
      const taken = state.replay.take({ bytes: read.bytes.slice(), atMs: state.atMs, row: frameRow });
      const summary = frameRow === undefined ? `${read.row["error"]}` : summaryOf(definitionOf(indexed, at), frameRow);
      for (const step of taken) steps.push(stepView(step, at, step.cause === "frame" ? summary : ""));
      fed++;
    }
    state.nextRow = at + 1;
    progress(state.nextRow, index.rows);
    await turn.pause();
  }
  return { steps, nextRow: state.nextRow < index.rows ? state.nextRow : -1 };
}

/** Whether a frame is between this agent and its server; damage is, where there is nobody else whose it could be. */
function isOf(index: CaptureIndex, row: number, sender: string): boolean {
  const number = index.senderNumber(row);
  if (number !== NO_NUMBER) return index.senders[number] === sender;
  return index.fault(row) !== undefined && index.senders.length === 1;
}

function stepView(step: ReplayStep, row: number, summary: string): ReplayStepView {
  const { atMs, cause, side, title, sides, transitions, events, output, broken } = step;
  return {
    row,
    atMs,
    cause,
    side,
    title: printable(title),
    summary,
    sides: sides.map(({ side, state, timers, heldBytes }) => {
      return { side, state, heldBytes, timers: timers.map((timer) => ({ ...timer })) };
    }),
    transitions: transitions.map(transitionView),
    events: events.map(({ side, event }) => `${side}: ${eventText(event)}`),
    output: output.map(({ side, bytes }) => `${side} writes ${bytes.length} bytes`),
    broken: broken.map(({ code, found, expected, transition }) => {
      const rule = transition === undefined ? "" : transitionView(transition).text;
      return { code, text: printable(`found ${found}, expected ${expected}`), rule };
    }),
  };
}

function transitionView({ side, from, trigger, to, rule, refused }: ReplayTransition): {
  side: string;
  text: string;
  rule: string;
  isRefused: boolean;
} {
  return { side, text: `${from} · ${trigger} → ${to}`, rule, isRefused: refused };
}

function eventText(event: object): string {
  const text = JSON.stringify(event, (_, value: unknown) => {
    if (typeof value === "bigint") return `${value}`;
    return value instanceof Uint8Array ? hexText(value) : value;
  });
  return printable(text.length > MAX_EVENT_CHARS ? `${text.slice(0, MAX_EVENT_CHARS)}…` : text);
}
