/** Calls that filter. */
import type { CaptureIndex } from "../../src/inspect/capture_index.ts";
import { parseFilter } from "../../src/inspect/filter.ts";
import { completeFilter } from "../../src/inspect/filter_complete.ts";
import { filterFields } from "../../src/inspect/filter_fields.ts";
import { CATALOGUE } from "../../src/protocols/catalogue.ts";
import type { ProtocolDefinition } from "../../src/protocols/definition.ts";
import type { FieldInfo } from "../../src/protocols/inspection.ts";
import type { Answer, Ask, TextFault } from "../worker_messages.ts";
import type { CallContext } from "./captures.ts";
import { FilteredList } from "./filtered_list.ts";

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

function fieldsOf({ streams, senders }: CaptureIndex): readonly FieldInfo[] {
  const known = streams.flatMap(({ definition }) => definition ?? []);
  const definitions: readonly ProtocolDefinition[] = known.length === 0 ? CATALOGUE : [...new Set(known)];
  return filterFields(definitions, { agentIds: senders.filter((sender) => sender !== "") });
}
