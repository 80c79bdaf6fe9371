/** Every problem of a capture, in its order. */
import type { ProtocolDefinition, Reencoding } from "../protocols/definition.ts";
import type { CaptureWatch } from "../protocols/inspection.ts";
import { CaptureCheck } from "./capture_check.ts";
import type { CaptureItem } from "./capture_reader.ts";
import type { Problem } from "./problem.ts";
import { explained, problemsOfFault, problemsOfFrame } from "./problems_of.ts";

/** A problem and where it stands. */
export interface LocatedProblem extends Problem {
  /** Where the frame or the fault starts in the capture. */
  readonly offset: number;
}

const EXPECTED: Readonly<Record<string, string>> = {
  INCOMPLETE_SNAPSHOT: "every part of it",
  DUPLICATE_SNAPSHOT: "each snapshot once",
};

/**
 * Takes the items of one capture in their order, once. What it remembers of them is bounded by the watch of the protocol and by
 * `CaptureCheck`: beyond, a repetition far behind its first is not noticed.
 *
 * @example
 * ```ts
 * const finder = new ProblemFinder(SNAPSHOT_PROTOCOL);
 * for (const item of items) for (const problem of finder.take(item, bytesOf(item))) show(problem);
 * for (const problem of finder.atEnd()) show(problem);
 * ```
 */
export class ProblemFinder {
  readonly #definition: ProtocolDefinition;
  readonly #watch: CaptureWatch | undefined;
  /** For a protocol whose captures can have unfinished and repeated snapshots. */
  readonly #check: CaptureCheck | undefined;

  constructor(definition: ProtocolDefinition) {
    this.#definition = definition;
    this.#watch = definition.inspection?.createWatch?.();
    const hasSnapshots = definition.inspection?.explanations.some(({ code }) => code === "INCOMPLETE_SNAPSHOT");
    this.#check = hasSnapshots === true ? new CaptureCheck() : undefined;
  }

  /**
   * The problems that an item shows.
   *
   * @param bytes of a fault: the capture from its offset on, as far as a frame can reach; a frame brings its own
   * @param reencodings of a frame, where the protocol's re-encoder was asked
   */
  take(item: CaptureItem, bytes: Uint8Array, reencodings?: readonly Reencoding[]): readonly LocatedProblem[] {
    const { offset } = item;
    if (item.type === "fault") {
      return problemsOfFault(this.#definition, item, bytes).map((problem) => ({ ...problem, offset }));
    }
    const oddities = this.#watch?.take(item.frame, item.row) ?? [];
    const own = problemsOfFrame(this.#definition, oddities, reencodings).map((problem) => ({ ...problem, offset }));
    return [...own, ...this.#located(this.#check?.take(item) ?? [])];
  }

  /** The problems that only the end shows, if it is here: more may be taken all the same. */
  atEnd(): readonly LocatedProblem[] {
    return this.#located(this.#check?.atEnd() ?? []);
  }

  #located(findings: ReturnType<CaptureCheck["take"]>): LocatedProblem[] {
    return findings.map(({ offset, error, detail }) => {
      return { ...explained(this.#definition, error, detail, EXPECTED[error] ?? ""), offset };
    });
  }
}
