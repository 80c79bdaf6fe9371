/** Calls that find: by filter, by bytes. */
import { ProtocolError } from "../../src/core/mod.ts";
import { searchCapture } from "../../src/inspect/byte_search.ts";
import type { CaptureIndex } from "../../src/inspect/capture_index.ts";
import { parseFilter } from "../../src/inspect/filter.ts";
import { completeFilter } from "../../src/inspect/filter_complete.ts";
import { filterFields } from "../../src/inspect/filter_fields.ts";
import { type Pattern, parseNeedle } from "../../src/inspect/needle.ts";
import { CATALOGUE } from "../../src/protocols/catalogue.ts";
import type { ProtocolDefinition } from "../../src/protocols/definition.ts";
import type { FieldInfo } from "../../src/protocols/inspection.ts";
import type { Answer, Ask, NeedleAsk, TextFault } from "../worker_messages.ts";
import type { CallContext } from "./captures.ts";
import { placeOf } from "./file_place.ts";
import { FilteredList } from "./filtered_list.ts";
import { Turn } from "./turn.ts";

export async function filter(
  { capture, text }: Ask<"filter">,
  { captures, signal, progress }: CallContext,
): Promise<TextFault | null> {
  const open = captures.get(capture);
  if (text.trim() === "") {
    open.showOnly(undefined);
    return null;
  }
  const parsed = parseFilter(text, fieldsOf(open.index));
  if (!parsed.ok) return parsed.error;
  const indexed = await open.indexed();
  const filtered = new FilteredList(parsed.filter, indexed);
  await filtered.extend(indexed, signal, progress);
  open.showOnly(filtered);
  return null;
}

export async function complete(
  { capture, text, cursor }: Ask<"complete">,
  { captures }: CallContext,
): Promise<Answer<"complete">> {
  const { start, end, candidates } = completeFilter(text, cursor, fieldsOf(captures.get(capture).index));
  return candidates.map((one) => ({ text: one.text, kind: one.kind, note: one.doc, from: start, to: end }));
}

/** The next match that stands in a row; matches between rows (the heads of packets) are passed over. */
export async function search(
  { capture, needle, row, start }: Ask<"search">,
  { captures, signal, progress }: CallContext,
): Promise<Answer<"search">> {
  const patterns = patternsOf(needle);
  if (!Array.isArray(patterns)) return patterns;
  const { index, source } = captures.get(capture);
  const turn = new Turn(signal);
  for await (const step of searchCapture(source, patterns, fileOffsetOf(index, row, start))) {
    await turn.pause();
    if (step.type === "progress") progress(step.offset, source.bytes);
    else {
      const place = placeOf(index, step.offset);
      if (place !== undefined) return { ...place, end: place.start + step.bytes };
    }
  }
  return null;
}

function fileOffsetOf(index: CaptureIndex, row: number, start: number): number {
  if (row >= index.rows) return 0;
  return index.streams[index.streamNumber(row)]?.extents.fileOffset(index.offset(row) + start) ?? 0;
}

function patternsOf({ kind, text, ignoresCase }: NeedleAsk): Pattern[] | TextFault {
  try {
    const needle =
      kind === "text" ? { kind, text, ignoresCase } : { kind: kind === "bytes" ? ("hex" as const) : kind, text };
    return [...parseNeedle(needle)];
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const at = error.offset ?? 0;
    return { at, end: at + 1, found: error.found, expected: error.expected };
  }
}

function fieldsOf({ streams, senders }: CaptureIndex): readonly FieldInfo[] {
  const known = streams.flatMap(({ definition }) => definition ?? []);
  const definitions: readonly ProtocolDefinition[] = known.length === 0 ? CATALOGUE : [...new Set(known)];
  return filterFields(definitions, { agentIds: senders.filter((sender) => sender !== "") });
}
