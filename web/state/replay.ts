/** The replay: one on the page, as there is one in the worker. */
import type { ReplayStepView } from "../worker_messages.ts";
import { taskOf } from "./find.ts";
import type { Inspector } from "./inspector.ts";

/** Steps that are kept: an hour of one agent. Older ones go. */
const MAX_STEPS = 5_000;

/** Steps of one agent of one capture, and where it goes on. */
export interface ReplayRun {
  readonly capture: number;
  readonly sender: string;
  readonly steps: readonly ReplayStepView[];
  /** The step that is shown in full, or -1. */
  readonly active: number;
  /** Row to go on with; -1 at the end. */
  readonly nextRow: number;
}

/** Agents of the capture that is shown. */
export function replaySenders(page: Inspector): readonly string[] {
  return (page.capture?.senders ?? []).filter((sender) => sender !== "");
}

/** What was replayed of the capture and the agent that are chosen; nothing yet if its last step is -1 and it begins at row 0. */
export function replayRun(page: Inspector): ReplayRun {
  const { current = -1, replay, replaySender } = page.state;
  const senders = replaySenders(page);
  const sender = senders.includes(replaySender) ? replaySender : (senders[0] ?? "");
  if (replay?.capture === current && replay.sender === sender) return replay;
  return { capture: current, sender, steps: [], active: -1, nextRow: 0 };
}

/** Feeds frames and goes to the last of them. With `row` a new run begins there, else the one that is shown goes on. */
export async function replayOn(page: Inspector, frames: number, row?: number): Promise<void> {
  const run = replayRun(page);
  const { capture, sender } = run;
  const from = row ?? run.nextRow;
  if (page.state.isReplaying || sender === "" || from < 0) return;
  page.set({ isReplaying: true });
  try {
    const ask = { capture, sender, row: from, frames };
    const answer = await page.client.call("replay", ask, taskOf(page, "Replaying"));
    const steps = [...(row === undefined ? run.steps : []), ...answer.steps].slice(-MAX_STEPS);
    page.set({ replay: { capture, sender, steps, active: steps.length - 1, nextRow: answer.nextRow } });
    if (page.state.current === capture) await page.goToRow(steps.at(-1)?.row ?? -1);
  } catch (error) {
    page.failed(error);
  } finally {
    page.set({ task: undefined, isReplaying: false });
  }
}

/** Shows a step in full, and goes to its frame. */
export function showStep(page: Inspector, at: number): void {
  const run = replayRun(page);
  const step = run.steps[at];
  if (step === undefined) return;
  page.set({ replay: { ...run, active: at } });
  page.goToRow(step.row).catch((error) => page.failed(error));
}
