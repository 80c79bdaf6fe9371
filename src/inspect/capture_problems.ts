/** The problems of one row of an indexed capture. */
import type { Problem } from "./problem.ts";
import { problemsOfFrame } from "./problems_of.ts";
import type { IndexedCapture } from "./read_row.ts";
import type { RowDetail } from "./row_detail.ts";
import { faultOf, faultProblems, reencode } from "./stream_problems.ts";

/**
 * What is wrong or odd about one row by itself: a fault, or what the sender of a frame did that a receiver takes all the same. What
 * only its neighbours show, a repetition for one, is for `ProblemSearch`.
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
