import type { ProtocolDefinition } from "../protocols/definition.ts";
import { CaptureCompare, type Compared } from "./capture_compare.ts";
import type { CaptureIndex } from "./capture_index.ts";
import type { IndexedCapture } from "./read_row.ts";
import { RowReader } from "./row_reader.ts";

/** Rows after which progress is told. */
const ROWS_A_STEP = 1_024;

/** One step of a comparison. */
export interface CompareStep {
  /** Which capture is being read: first the left one, which gives no results yet. */
  readonly side: "left" | "right";
  readonly nextRow: number;
  readonly results: readonly Compared[];
  /** Messages of the left capture that were too many to be compared. */
  readonly forgotten: number;
}

/**
 * Compares two captures, step by step, by the ids of their messages; which fields differ is for `fieldDifferences` to say of a pair.
 * Whoever has enough leaves the loop.
 *
 * @example
 * ```ts
 * for await (const { results, side, nextRow } of compareCaptures(left, right)) show(results, side, nextRow);
 * ```
 */
export async function* compareCaptures(left: IndexedCapture, right: IndexedCapture): AsyncGenerator<CompareStep, void> {
  const definition = definitionOf(left.index) ?? definitionOf(right.index);
  if (definition === undefined) return;
  const compare = new CaptureCompare(definition);
  const lefts = new RowReader(left);
  for (let row = 0; row < left.index.rows; row++) {
    compare.addLeft(row, (await lefts.read(row)).row);
    if (isStepEnd(row)) yield { side: "left", nextRow: row + 1, results: [], forgotten: compare.forgotten };
  }
  const rights = new RowReader(right);
  let results: Compared[] = [];
  for (let row = 0; row < right.index.rows; row++) {
    results.push(compare.addRight(row, (await rights.read(row)).row));
    if (!isStepEnd(row)) continue;
    yield { side: "right", nextRow: row + 1, results, forgotten: compare.forgotten };
    results = [];
  }
  results.push(...compare.finish());
  yield { side: "right", nextRow: right.index.rows, results, forgotten: compare.forgotten };
}

function isStepEnd(row: number): boolean {
  return row % ROWS_A_STEP === ROWS_A_STEP - 1;
}

function definitionOf({ streams }: CaptureIndex): ProtocolDefinition | undefined {
  return streams.find(({ definition }) => definition !== undefined)?.definition;
}
