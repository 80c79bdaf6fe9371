/** Calls about what is wrong with a whole capture. */
import type { CaptureIndex } from "../../src/inspect/capture_index.ts";
import { resumeText } from "../../src/inspect/fault_text.ts";
import { ProblemSearch } from "../../src/inspect/problem_search.ts";
import type { IndexedCapture } from "../../src/inspect/read_row.ts";
import type { RowProblem } from "../../src/inspect/stream_problems.ts";
import type { Answer, Ask, ProblemView, Severity } from "../worker_messages.ts";
import type { CallContext } from "./captures.ts";
import { problemView } from "./row_view.ts";
import { Turn } from "./turn.ts";

/** Problems that are kept for the next answer: nobody reads more. */
const MAX_KEPT = 10_000;

/** What was found so far: a capture that grows is not looked at from its start again. */
interface Known {
  readonly search: ProblemSearch;
  readonly problems: ProblemView[];
  readonly counts: Record<Severity, number>;
  /** Two calls must not go on at once. */
  turn: Promise<void>;
}

const KNOWN = new WeakMap<CaptureIndex, Known>();

/** Every frame is looked at: those of a large capture take a while. The first `count` are given, all are counted. */
export async function problems(
  { capture, count }: Ask<"problems">,
  { captures, signal, progress }: CallContext,
): Promise<Answer<"problems">> {
  const indexed = await captures.get(capture).indexed();
  const known = knownOf(indexed);
  const found = known.turn.then(() => findNew(known, indexed, signal, progress));
  known.turn = found.catch(() => {});
  await found;
  const atEnd = await known.search.atEnd();
  const counts = { ...known.counts };
  for (const { severity } of atEnd) counts[severity]++;
  const all = [...known.problems, ...atEnd.slice(0, count).map((problem) => viewOf(indexed, problem))];
  return { problems: all.slice(0, count), counts };
}

function knownOf(indexed: IndexedCapture): Known {
  const known = KNOWN.get(indexed.index);
  if (known?.search.isValid) return known;
  const search = new ProblemSearch(indexed, false);
  const made = { search, problems: [], counts: { error: 0, warning: 0, note: 0 }, turn: Promise.resolve() };
  KNOWN.set(indexed.index, made);
  return made;
}

async function findNew(
  { search, problems, counts }: Known,
  indexed: IndexedCapture,
  signal: AbortSignal,
  progress: (done: number, total: number) => void,
): Promise<void> {
  const turn = new Turn(signal);
  for await (const step of search.advance()) {
    for (const problem of step.problems) {
      counts[problem.severity]++;
      if (problems.length < MAX_KEPT) problems.push(viewOf(indexed, problem));
    }
    progress(step.nextRow, indexed.index.rows);
    await turn.pause();
  }
}

function viewOf({ index }: IndexedCapture, problem: RowProblem): ProblemView {
  const { row, offset } = problem;
  const fault = index.fault(row);
  const resumed = fault === undefined ? "" : resumeText({ offset, ...fault });
  return problemView(problem, index.streams[index.streamNumber(row)]?.definition, row, offset, resumed);
}
