/** Calls that write frames: again, changed, or out to files. */
import { ProtocolError } from "../../src/core/mod.ts";
import { findBitRepair } from "../../src/inspect/bit_repair.ts";
import { canonicalView } from "../../src/inspect/canonical_view.ts";
import { nodeAt } from "../../src/inspect/field_paths.ts";
import { FieldTree } from "../../src/inspect/field_tree.ts";
import { setBytes, setField } from "../../src/inspect/frame_edit.ts";
import { jsonLine } from "../../src/inspect/json_line.ts";
import { problemsOfFault } from "../../src/inspect/problems_of.ts";
import { type IndexedCapture, readRow } from "../../src/inspect/read_row.ts";
import { type CutFault, createStreamCutter } from "../../src/inspect/stream_cutter.ts";
import type { ProtocolDefinition } from "../../src/protocols/definition.ts";
import type { EditValue } from "../../src/protocols/inspection.ts";
import type { Ask, EditView, ReencodingView } from "../worker_messages.ts";
import type { CallContext } from "./captures.ts";
import { checksumOf, fieldLines, problemView } from "./row_view.ts";

export async function reencode(
  { capture, row }: Ask<"reencode">,
  { captures }: CallContext,
): Promise<readonly ReencodingView[]> {
  const indexed = await captures.get(capture).indexed();
  const definition = definitionOf(indexed, row);
  if (definition.createReencoder === undefined)
    throw new Error(`${definition.title}: this code reads it and does not write it`);
  const { bytes, error } = await readRow(indexed, row);
  if (error !== undefined) throw new Error("what can't be decoded can't be encoded again");
  const encoder = definition.createReencoder(indexed.options);
  for (const part of earlierParts(indexed, row)) encoder.reencode((await readRow(indexed, part)).bytes);
  return encoder.reencode(bytes).map((one) => {
    const { isCanonical, differences } = canonicalView(one);
    return { ...one, isCanonical, differences: differences.map(({ found, canonical }) => ({ found, canonical })) };
  });
}

/** The frames that came before a part, which are needed to put its whole together. */
function earlierParts({ index }: IndexedCapture, row: number): readonly number[] {
  return (index.group(row)?.rows ?? []).filter((part) => part < row);
}

export async function edit(
  { capture, row, bytes, change, checks }: Ask<"edit">,
  { captures }: CallContext,
): Promise<EditView> {
  const indexed = await captures.get(capture).indexed();
  const definition = definitionOf(indexed, row);
  const before = decoded(definition, indexed, bytes);
  if (change.type === "bytes") {
    return editView(definition, indexed, setBytes(definition, bytes, change, digitsOf(change.digits), checks), row);
  }
  const node = nodeAt(before.fields, change.path);
  const value = editValue(node?.type ?? "text", change.value);
  const { path, how } = change;
  const edited = setField(definition, indexed.options, { bytes, fields: before.fields }, { path, value, how, checks });
  return editView(definition, indexed, edited, row);
}

function editView(definition: ProtocolDefinition, indexed: IndexedCapture, bytes: Uint8Array, row: number): EditView {
  const { fields, content, json, error } = decoded(definition, indexed, bytes);
  const repair = definition.layout.type === "framed" ? findBitRepair(definition.layout.framing, bytes) : undefined;
  const checksum = checksumOf(definition, bytes, repair === undefined ? undefined : { ...repair, frame: bytes });
  const undecoded = error && { error, offset: 0, endOffset: bytes.length, resumedBy: "frame" as const };
  const fault = cutFault(definition, bytes) ?? undecoded;
  const named = fault && { ...fault, errorName: definition.errorNameOf(fault.error) };
  // The first is of the frame, another one of what a stream would skip because of it.
  const problems = named === undefined ? [] : problemsOfFault(definition, named, bytes).slice(0, 1);
  return {
    bytes,
    fields: fieldLines(fields),
    content,
    json,
    checksum,
    problems: problems.map((problem) => problemView(problem, definition, row, 0, "")),
  };
}

/** What length and CRC say: where the frame stands in a stream of its kind they are looked at before it is decoded. */
function cutFault(definition: ProtocolDefinition, bytes: Uint8Array): CutFault | undefined {
  // A staged stream's frames follow from what came before them.
  if (definition.layout.type !== "framed") return undefined;
  const cutter = createStreamCutter(definition);
  cutter.push(bytes);
  cutter.finish();
  return cutter.advance() === "fault" ? cutter.fault : undefined;
}

/** A frame by itself: what of it can be decoded. */
function decoded(
  definition: ProtocolDefinition,
  { options }: IndexedCapture,
  bytes: Uint8Array,
): { fields: FieldTree["nodes"]; content: Uint8Array | undefined; json: string; error: ProtocolError | undefined } {
  const tree = new FieldTree();
  try {
    const row = definition.createReader(options).read(bytes, tree);
    return { fields: tree.nodes, content: tree.content, json: jsonLine(row), error: undefined };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const json = jsonLine({ error: definition.errorNameOf(error) });
    return { fields: tree.nodes, content: tree.content, json, error };
  }
}

export function definitionOf({ index }: Pick<IndexedCapture, "index">, row: number): ProtocolDefinition {
  const definition = index.streams[index.streamNumber(row)]?.definition;
  if (definition === undefined) throw new Error("no protocol is known for this stream");
  return definition;
}

/** What was typed, as a value of the field's type. */
export function editValue(type: string, text: string): EditValue {
  if (text === "none" || text === "null") return null;
  if (type === "text") return text;
  if (type === "bytes") return digitsOf(text);
  if (type === "bool") return text === "true" || text === "1" ? 1 : 0;
  const number = Number(text.replaceAll("_", ""));
  if (text.trim() === "" || (Number.isNaN(number) && text.trim().toLowerCase() !== "nan"))
    throw new Error(`"${text}" is not a number`);
  if (type === "f32" || type === "f64") return number;
  if (!Number.isInteger(number)) throw new Error(`${text} is not a whole number`);
  return Number.isSafeInteger(number) ? number : BigInt(text.replaceAll("_", ""));
}

function digitsOf(text: string): Uint8Array {
  const digits = text.replace(/[\s:,-]/g, "");
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) throw new Error(`"${text}" is not bytes: two hexadecimal digits each`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
