/** Two captures beside each other. */
import type { Compared } from "../../src/inspect/capture_compare.ts";
import { compareCaptures } from "../../src/inspect/compare_captures.ts";
import { fieldDifferences } from "../../src/inspect/field_differences.ts";
import { jsonLine } from "../../src/inspect/json_line.ts";
import { printable } from "../../src/inspect/printable.ts";
import { type IndexedCapture, readRow } from "../../src/inspect/read_row.ts";
import type { FrameRow, RowValue } from "../../src/protocols/definition.ts";
import type { Answer, Ask, CompareKind, CompareLine } from "../worker_messages.ts";
import type { CallContext } from "./captures.ts";
import { Turn } from "./turn.ts";

/** Lines that are shown; all are counted. */
const MAX_LINES = 2_000;
/** Differences of one message that are written out. */
const MAX_DIFFERENCES = 12;
/** Characters of one value. */
const MAX_VALUE_CHARS = 120;

const KINDS: Readonly<Record<Compared["type"], CompareKind>> = {
  same: "same",
  different: "different",
  onlyLeft: "left",
  onlyRight: "right",
  unknown: "unknown",
};

export async function compare(
  { left, right }: Ask<"compare">,
  { captures, signal, progress }: CallContext,
): Promise<Answer<"compare">> {
  const [lefts, rights] = [await captures.get(left).indexed(), await captures.get(right).indexed()];
  const counts: Record<CompareKind, number> = { left: 0, right: 0, different: 0, same: 0, unknown: 0 };
  const shown: Compared[] = [];
  const turn = new Turn(signal);
  const total = lefts.index.rows + rights.index.rows;
  let forgotten = 0;
  for await (const step of compareCaptures(lefts, rights)) {
    for (const one of step.results) {
      counts[KINDS[one.type]]++;
      if (one.type !== "same" && one.type !== "unknown" && shown.length < MAX_LINES) shown.push(one);
    }
    forgotten = step.forgotten;
    progress(step.nextRow + (step.side === "left" ? 0 : lefts.index.rows), total);
    await turn.pause();
  }
  const lines: CompareLine[] = [];
  for (const one of shown) {
    lines.push(await lineOf(lefts, rights, one));
    await turn.pause();
  }
  const hidden = counts.left + counts.right + counts.different - lines.length;
  const limits: string[] = [];
  if (hidden > 0) limits.push(`${hidden} more lines are counted and not shown`);
  if (forgotten > 0) limits.push(`${forgotten} messages of the left capture were too many to be compared`);
  return { counts, lines, limits };
}

async function lineOf(lefts: IndexedCapture, rights: IndexedCapture, one: Compared): Promise<CompareLine> {
  const leftRow = "left" in one ? one.left : undefined;
  const rightRow = "right" in one ? one.right : undefined;
  const left = leftRow === undefined ? undefined : (await readRow(lefts, leftRow)).row;
  const right = rightRow === undefined ? undefined : (await readRow(rights, rightRow)).row;
  const row: FrameRow = left ?? right ?? {};
  const found = left === undefined || right === undefined ? [] : fieldDifferences(left, right).differences;
  const differences = found
    .slice(0, MAX_DIFFERENCES)
    .map(({ path, left: was, right: is }) => `${path}: ${text(was)} → ${text(is)}`);
  if (found.length > MAX_DIFFERENCES) differences.push(`${found.length - MAX_DIFFERENCES} more fields`);
  return {
    kind: KINDS[one.type],
    id: text(row["messageId"] ?? row["offset"]),
    type: text(row["error"] ?? row["type"]),
    leftRow,
    rightRow,
    differences,
  };
}

function text(value: RowValue | undefined): string {
  if (value === undefined) return "nothing";
  const whole = typeof value === "string" ? value : jsonLine({ value }).slice('{"value":'.length, -1);
  return printable(whole.length > MAX_VALUE_CHARS ? `${whole.slice(0, MAX_VALUE_CHARS)}…` : whole);
}
