/** Calls about the list and single rows. */
import type { Answer, Ask, ListRow, RowPlace, StripColumn } from "../worker_messages.ts";
import type { CallContext } from "./captures.ts";
import { placeOf } from "./file_place.ts";
import { isFault } from "./list_view.ts";
import { listRow } from "./row_lines.ts";
import { rowView } from "./row_view.ts";

/** Lines that one call may ask for. */
const MAX_LINES = 256;
/** A strip is at most as wide as a large screen. */
const MAX_COLUMNS = 4_096;

export async function rows(
  { capture, first, count }: Ask<"rows">,
  { captures }: CallContext,
): Promise<readonly ListRow[]> {
  const open = captures.get(capture);
  const indexed = await open.indexed();
  const lines: ListRow[] = [];
  for (let position = first; position < first + Math.min(count, MAX_LINES); position++) {
    const entry = open.list.entry(position);
    if (entry === undefined) break;
    lines.push(await listRow(indexed, entry));
  }
  return lines;
}

export async function toggle({ capture, position }: Ask<"toggle">, { captures }: CallContext): Promise<null> {
  const open = captures.get(capture);
  open.list.toggle(position);
  open.changed();
  return null;
}

export async function positionOf({ capture, row }: Ask<"positionOf">, { captures }: CallContext): Promise<number> {
  const open = captures.get(capture);
  const lines = open.list.length;
  const position = open.list.reveal(row);
  if (open.list.length !== lines) open.changed();
  return position;
}

export async function rowAt({ capture, offset }: Ask<"rowAt">, { captures }: CallContext): Promise<RowPlace | null> {
  return placeOf(captures.get(capture).index, offset) ?? null;
}

export async function detail({ capture, row }: Ask<"detail">, { captures }: CallContext): Promise<Answer<"detail">> {
  return rowView(await captures.get(capture).indexed(), row);
}

/** The next row that is a fault, or the head of a snapshot that never became whole. */
export async function nextProblem(
  { capture, row, step }: Ask<"nextProblem">,
  { captures }: CallContext,
): Promise<number> {
  const { index } = captures.get(capture);
  for (let at = row + step; at >= 0 && at < index.rows; at += step) {
    if (isFault(index, at)) return at;
    const group = index.group(at);
    if (group !== undefined && group.rows[0] === at && group.completedBy === undefined) return at;
  }
  return -1;
}

/** The capture in so many columns, by rows: what a look at its whole shows. */
export async function strip(
  { capture, columns }: Ask<"strip">,
  { captures }: CallContext,
): Promise<readonly StripColumn[]> {
  const { index } = captures.get(capture);
  const count = Math.min(columns, MAX_COLUMNS, index.rows);
  return Array.from({ length: count }, (_, column) => {
    const first = Math.floor((column * index.rows) / count);
    const end = Math.floor(((column + 1) * index.rows) / count);
    return stripColumn(index, first, end);
  });
}

/** Of a column with more rows than this only so many are looked at, evenly; faults are counted by their own list. */
const LOOKED_AT = 256;

function stripColumn(
  index: ReturnType<CallContext["captures"]["get"]>["index"],
  first: number,
  end: number,
): StripColumn {
  const step = Math.max(1, Math.floor((end - first) / LOOKED_AT));
  let bytes = 0;
  let faults = 0;
  for (let row = first; row < end; row += step) {
    bytes += index.bytes(row);
    if (isFault(index, row)) faults++;
  }
  return { frames: end - first, bytes: bytes * step, faults, row: first };
}
