/** The problems of one stream of an indexed capture. Not public: `ProblemSearch` is. */
import { ProtocolError } from "../core/mod.ts";
import type { FrameRow, ProtocolDefinition, Reencoder, Reencoding } from "../protocols/definition.ts";
import type { CaptureIndex, IndexedFault } from "./capture_index.ts";
import type { Problem } from "./problem.ts";
import { type LocatedProblem, ProblemFinder } from "./problem_finder.ts";
import { explained, problemsOfFault } from "./problems_of.ts";
import type { IndexedCapture } from "./read_row.ts";
import type { ReadRow } from "./row_reader.ts";

/** A problem of a capture and the row that shows it. */
export interface RowProblem extends LocatedProblem {
  readonly row: number;
}

/** The problems of one stream. */
export class StreamProblems {
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

  /** Takes the next row of the stream; gives what it shows. */
  take(row: number, { row: frameRow, bytes, error }: ReadRow): RowProblem[] {
    const offset = this.#index.offset(row);
    this.#lastRow = row;
    if (this.#index.fault(row) !== undefined || this.#finder === undefined || error !== undefined) {
      return this.ofFault(row, { row: frameRow, bytes, error });
    }
    const item = { type: "frame", offset, frame: bytes, row: frameRow } as const;
    const found = this.#finder.take(item, bytes, reencode(this.#reencoder, bytes));
    return found.map((problem) => ({ ...problem, row: problem.offset === offset ? row : this.#rowAt(problem.offset) }));
  }

  /** The problems of a row that can't be decoded; it may be taken as well, or never. */
  ofFault(row: number, { row: frameRow, bytes, error }: ReadRow): RowProblem[] {
    const offset = this.#index.offset(row);
    const known = faultOf(this.#index.fault(row), error, frameRow, offset + bytes.length);
    return faultProblems(this.#definition, known, offset, bytes).map((problem) => ({ ...problem, offset, row }));
  }

  /** The problems that only the end shows, if it is here: more may be taken all the same. */
  atEnd(): RowProblem[] {
    return (this.#finder?.atEnd() ?? []).map((problem) => ({ ...problem, row: this.#rowAt(problem.offset) }));
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
export function faultOf(
  fault: IndexedFault | undefined,
  error: ProtocolError | undefined,
  row: FrameRow,
  endOffset: number,
): KnownFault {
  if (fault !== undefined) return { ...fault, error: fault.error ?? error };
  return { errorName: `${row["error"]}`, endOffset, resumedBy: "frame", error };
}

/** The problems of something that could not be decoded, whether its protocol is known or not. */
export function faultProblems(
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
export function reencode(reencoder: Reencoder | undefined, frame: Uint8Array): readonly Reencoding[] {
  try {
    return reencoder?.reencode(frame) ?? [];
  } catch (error) {
    if (error instanceof ProtocolError) return [];
    throw error;
  }
}
