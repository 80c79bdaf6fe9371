/** Everything about one frame, as the page shows it. */
import { crcCovered, declaredFrameBytes, headBytes, storedCrc } from "../../src/core/framing.ts";
import { crc32, type Framing } from "../../src/core/mod.ts";
import { findBitRepair } from "../../src/inspect/bit_repair.ts";
import { resumeText } from "../../src/inspect/fault_text.ts";
import { fieldPaths } from "../../src/inspect/field_paths.ts";
import { frameRanges } from "../../src/inspect/frame_ranges.ts";
import { jsonLine } from "../../src/inspect/json_line.ts";
import type { Problem } from "../../src/inspect/problem.ts";
import { problemsOfFault, problemsOfFrame } from "../../src/inspect/problems_of.ts";
import { type IndexedCapture, readRow } from "../../src/inspect/read_row.ts";
import type { RowDetail } from "../../src/inspect/row_detail.ts";
import type { ProtocolDefinition } from "../../src/protocols/definition.ts";
import type { ChecksumView, FieldLine, ProblemView, RowView } from "../worker_messages.ts";
import { recordTable } from "./record_table.ts";
import { valueText } from "./row_text.ts";

/** Reads a frame and everything that is known about it. */
export async function rowView(capture: IndexedCapture, row: number): Promise<RowView> {
  const { index } = capture;
  const detail = await readRow(capture, row);
  const stream = index.streams[index.streamNumber(row)];
  const definition = stream?.definition;
  const type = index.fault(row)?.errorName ?? index.types[index.typeNumber(row)] ?? "?";
  return {
    row,
    offset: detail.offset,
    title: type,
    json: jsonLine(detail.row),
    fields: fieldLines(detail.fields),
    // What a message carries is copied whole: a view would take the block along that it is a view on.
    bytes: detail.bytes.slice(),
    content: detail.content?.slice(),
    table: recordTable(detail.row),
    problems: definition === undefined ? [] : problemViews(capture, row, detail, definition),
    checksum: definition === undefined ? undefined : checksumOf(definition, detail.bytes),
    cutBytes: Math.max(0, index.bytes(row) - detail.bytes.length),
  };
}

/** The fields of a decoder as lines. */
export function fieldLines(fields: RowDetail["fields"]): FieldLine[] {
  const paths = fieldPaths(fields);
  return fields.map(({ depth, name, value, type, of, start, end }, at) => ({
    depth,
    name,
    isGroup: type === "group",
    value: valueText(name, value),
    type,
    of,
    start,
    end,
    path: paths[at]!,
  }));
}

/** What is wrong or odd in one row by itself. */
function problemViews(
  { index }: IndexedCapture,
  row: number,
  detail: RowDetail,
  definition: ProtocolDefinition,
): ProblemView[] {
  const fault = index.fault(row);
  const { offset, bytes, error } = detail;
  if (fault !== undefined && error !== undefined) {
    const resumed = resumeText({ offset, ...fault });
    const problems = problemsOfFault(definition, { ...fault, error, offset }, bytes);
    return problems.map((problem) => problemView(problem, definition, row, offset, resumed));
  }
  const watch = definition.inspection?.createWatch?.();
  const problems = problemsOfFrame(definition, watch?.take(bytes, detail.row) ?? []);
  return problems.map((problem) => problemView(problem, definition, row, offset, ""));
}

/** A problem with its place in the capture. */
export function problemView(
  { severity, code, title, found, expected, receiver, spec, range }: Problem,
  definition: ProtocolDefinition | undefined,
  row: number,
  offset: number,
  resumed: string,
): ProblemView {
  const path = definition?.inspection?.specPath;
  const href = path === undefined || spec.anchor === "" ? undefined : `${path}#${spec.anchor}`;
  const place = { row, offset, start: range?.start, end: range?.end };
  return { ...place, severity, code, title, found, expected, receiver, section: spec.section, href, resumed };
}

/** The checksum of bytes that begin like a frame; nothing where the protocol has none or no frame is there. */
export function checksumOf({ layout }: ProtocolDefinition, bytes: Uint8Array): ChecksumView | undefined {
  if (layout.type !== "framed" || layout.framing.crcBytes === 0) return undefined;
  const { framing } = layout;
  if (bytes.length < headBytes(framing)) return undefined;
  const frameBytes = declaredFrameBytes(framing, bytes, 0);
  if (frameBytes < framing.minFrameBytes || frameBytes > bytes.length) return repairOnly(framing, bytes);
  const frame = bytes.subarray(0, frameBytes);
  const [stored, computed] = [storedCrc(framing, frame), crc32(crcCovered(framing, frame))];
  const covered = frameRanges(framing, frameBytes).covered!;
  const isRight = stored === computed;
  return {
    ...covered,
    stored: crcText(stored),
    computed: crcText(computed),
    isRight,
    repair: repairOf(framing, bytes, isRight),
  };
}

/** A length that can't be leaves no CRC to compute, and can still be one flipped bit. */
function repairOnly(framing: Framing, bytes: Uint8Array): ChecksumView | undefined {
  const repair = repairOf(framing, bytes, false);
  if (repair === undefined) return undefined;
  const length = frameRanges(framing, framing.minFrameBytes).length;
  return { ...length, stored: "no frame of this length", computed: "none", isRight: false, repair };
}

function repairOf(framing: Framing, bytes: Uint8Array, isRight: boolean): ChecksumView["repair"] {
  if (isRight) return undefined;
  const repair = findBitRepair(framing, bytes);
  if (repair === undefined) return undefined;
  const { offset, bit, foundByte, repairedByte, field } = repair;
  const hex = (value: number): string => value.toString(16).padStart(2, "0");
  const places = { length: "the length field", crc: "the stored CRC", covered: "what the CRC covers" };
  const text = `flip bit ${bit} of byte ${offset}, in ${places[field]}: ${hex(foundByte)} → ${hex(repairedByte)}`;
  return { offset, bit, text };
}

function crcText(crc: number): string {
  return `0x${crc.toString(16).padStart(8, "0")}`;
}
