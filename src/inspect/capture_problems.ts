/** The problems of an indexed capture: of one row, or of all of them. */
import { ProtocolError } from "../core/mod.ts";
import type { FrameRow, ProtocolDefinition, Reencoder, Reencoding } from "../protocols/definition.ts";
import type { CaptureIndex, IndexedFault } from "./capture_index.ts";
import type { Problem } from "./problem.ts";
import { type LocatedProblem, ProblemFinder } from "./problem_finder.ts";
import { explained, problemsOfFault, problemsOfFrame } from "./problems_of.ts";
import type { IndexedCapture } from "./read_row.ts";
import type { RowDetail } from "./row_detail.ts";
import { type ReadRow, RowReader } from "./row_reader.ts";

/** Rows after which progress is told. */
const ROWS_A_STEP = 1_024;

/** A problem of a capture and the row that shows it. */
export interface RowProblem extends LocatedProblem {
  readonly row: number;
}

/** One step of a search for problems. */
export interface ProblemStep {
  readonly problems: readonly RowProblem[];
  /** Every row before this one was looked at. */
  readonly nextRow: number;
}

/**
 * What is wrong or odd about one row by itself: a fault, or what the sender of a frame did that a receiver takes all the same. What
 * only its neighbours show, a repetition for one, is for {@linkcode findProblems}.
 *
 * @example
 * ```ts
 * const problems = problemsOfRow(capture, await readRow(capture, 0));
 * problems[0]?.title; // "A reserved flag that may be ignored"
 * ```
 */
export function problemsOfRow(
  { index, options }: IndexedCapture,
  { rowNumber, bytes, row, error, offset }: RowDetail,
): readonly Problem[] {
  const { definition } = index.streams[index.streamNumber(rowNumber)]!;
  const fault = index.fault(rowNumber);
  if (definition === undefined || fault !== undefined || error !== undefined) {
    return faultProblems(definition, faultOf(fault, error, row, offset + bytes.length), offset, bytes);
  }
  const oddities = definition.inspection?.createWatch?.().take(bytes, row) ?? [];
  return problemsOfFrame(definition, oddities, reencode(definition.createReencoder?.(options), bytes));
}

/**
 * Looks at every row of a capture, once and in order, step by step. Whoever has enough leaves the loop. Each stream of a packet
 * capture is looked at by itself. Frames are written again for a comparison only if `isCanonicalAsked`, which takes twice the time.
 *
 * @example
 * ```ts
 * for await (const { problems, nextRow } of findProblems(capture, false)) show(problems, nextRow / capture.index.rows);
 * ```
 */
export async function* findProblems(
  capture: IndexedCapture,
  isCanonicalAsked: boolean,
): AsyncGenerator<ProblemStep, void> {
  const { index } = capture;
  const rows = new RowReader(capture);
  const streams = new Map<number, StreamProblems>();
  let problems: RowProblem[] = [];
  for (let row = 0; row < index.rows; row++) {
    const read = await rows.read(row);
    const number = index.streamNumber(row);
    let stream = streams.get(number);
    if (stream === undefined) {
      stream = new StreamProblems(number, capture, isCanonicalAsked);
      streams.set(number, stream);
    }
    problems.push(...stream.take(row, read));
    if (row % ROWS_A_STEP !== ROWS_A_STEP - 1) continue;
    yield { problems, nextRow: row + 1 };
    problems = [];
  }
  for (const stream of streams.values()) problems.push(...stream.finish());
  yield { problems, nextRow: index.rows };
}

/** The problems of one stream. */
class StreamProblems {
  readonly #streamNumber: number;
  readonly #definition: ProtocolDefinition | undefined;
  readonly #index: CaptureIndex;
  readonly #finder: ProblemFinder | undefined;
  readonly #reencoder: Reencoder | undefined;
  /** The first row of each message in parts, by its offset. */
  readonly #firstRows = new Map<number, number>();
  #knownGroups = 0;
  #lastRow = 0;

  constructor(streamNumber: number, { index, options }: IndexedCapture, isCanonicalAsked: boolean) {
    const definition = index.streams[streamNumber]?.definition;
    this.#streamNumber = streamNumber;
    this.#definition = definition;
    this.#index = index;
    this.#finder = definition === undefined ? undefined : new ProblemFinder(definition);
    this.#reencoder = isCanonicalAsked ? definition?.createReencoder?.(options) : undefined;
  }

  take(row: number, { row: frameRow, bytes, error }: ReadRow): RowProblem[] {
    const offset = this.#index.offset(row);
    const fault = this.#index.fault(row);
    this.#lastRow = row;
    if (fault !== undefined || this.#finder === undefined || error !== undefined) {
      const known = faultOf(fault, error, frameRow, offset + bytes.length);
      return faultProblems(this.#definition, known, offset, bytes).map((problem) => ({ ...problem, offset, row }));
    }
    const item = { type: "frame", offset, frame: bytes, row: frameRow } as const;
    const found = this.#finder.take(item, bytes, reencode(this.#reencoder, bytes));
    return found.map((problem) => ({ ...problem, row: problem.offset === offset ? row : this.#rowAt(problem.offset) }));
  }

  finish(): RowProblem[] {
    return (this.#finder?.finish() ?? []).map((problem) => ({ ...problem, row: this.#rowAt(problem.offset) }));
  }

  /** What is found late, a missing part for one, stands where its first part does; where that is not known, it is shown here. */
  #rowAt(offset: number): number {
    const { groups } = this.#index;
    for (; this.#knownGroups < groups.length; this.#knownGroups++) {
      const [first] = groups[this.#knownGroups]!.rows;
      if (first === undefined || this.#index.streamNumber(first) !== this.#streamNumber) continue;
      this.#firstRows.set(this.#index.offset(first), first);
    }
    return this.#firstRows.get(offset) ?? this.#lastRow;
  }
}

type KnownFault = Pick<IndexedFault, "errorName" | "endOffset" | "resumedBy"> & {
  readonly error: ProtocolError | undefined;
};

/** The fault of a row as the index has it, or as reading the frame showed it. */
function faultOf(
  fault: IndexedFault | undefined,
  error: ProtocolError | undefined,
  row: FrameRow,
  endOffset: number,
): KnownFault {
  if (fault !== undefined) return { ...fault, error: fault.error ?? error };
  return { errorName: `${row["error"]}`, endOffset, resumedBy: "frame", error };
}

function faultProblems(
  definition: ProtocolDefinition | undefined,
  fault: KnownFault,
  offset: number,
  bytes: Uint8Array,
): readonly Problem[] {
  const { error, errorName } = fault;
  if (definition !== undefined && error !== undefined) {
    return problemsOfFault(definition, { ...fault, error, offset }, bytes);
  }
  const found = error?.found ?? `${fault.endOffset - offset} bytes`;
  return [explained(definition, errorName, found, error?.expected ?? "frames")];
}

/** What a frame's re-encoder says; nothing for a frame that it refuses. */
function reencode(reencoder: Reencoder | undefined, frame: Uint8Array): readonly Reencoding[] {
  try {
    return reencoder?.reencode(frame) ?? [];
  } catch (error) {
    if (error instanceof ProtocolError) return [];
    throw error;
  }
}
