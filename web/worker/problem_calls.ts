/** Calls about what is wrong with a whole capture. */
import { findProblems, type RowProblem } from "../../src/inspect/capture_problems.ts";
import { resumeText } from "../../src/inspect/fault_text.ts";
import type { IndexedCapture } from "../../src/inspect/read_row.ts";
import type { Answer, Ask, ProblemView, Severity } from "../worker_messages.ts";
import type { CallContext } from "./captures.ts";
import { problemView } from "./row_view.ts";
import { Turn } from "./turn.ts";

/** Every frame is looked at: those of a large capture take a while. The first `count` are given, all are counted. */
export async function problems(
  { capture, count }: Ask<"problems">,
  { captures, signal, progress }: CallContext,
): Promise<Answer<"problems">> {
  const indexed = await captures.get(capture).indexed();
  const turn = new Turn(signal);
  const found: ProblemView[] = [];
  const counts: Record<Severity, number> = { error: 0, warning: 0, note: 0 };
  for await (const step of findProblems(indexed, false)) {
    for (const problem of step.problems) {
      counts[problem.severity]++;
      if (found.length < count) found.push(viewOf(indexed, problem));
    }
    progress(step.nextRow, indexed.index.rows);
    await turn.pause();
  }
  return { problems: found, counts };
}

function viewOf({ index }: IndexedCapture, problem: RowProblem): ProblemView {
  const { row, offset } = problem;
  const fault = index.fault(row);
  const resumed = fault === undefined ? "" : resumeText({ offset, ...fault });
  return problemView(problem, index.streams[index.streamNumber(row)]?.definition, row, offset, resumed);
}
