/** Everything about one frame, as the page shows it. */
import { crcCovered, declaredFrameBytes, headBytes, storedCrc } from "../../src/core/framing.ts";
import { crc32, type Framing } from "../../src/core/mod.ts";
import type { BitRepair } from "../../src/inspect/bit_repair.ts";
import { problemsOfRow } from "../../src/inspect/capture_problems.ts";
import { resumeText } from "../../src/inspect/fault_text.ts";
import { fieldPaths } from "../../src/inspect/field_paths.ts";
import { frameRanges } from "../../src/inspect/frame_ranges.ts";
import { jsonLine } from "../../src/inspect/json_line.ts";
import type { Problem } from "../../src/inspect/problem.ts";
import { type IndexedCapture, readRow } from "../../src/inspect/read_row.ts";
import type { RowDetail } from "../../src/inspect/row_detail.ts";
import { repairOfRow } from "../../src/inspect/row_repair.ts";
import { readStreamBytes } from "../../src/inspect/source_bytes.ts";
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
  const found = await repairOfRow(capture, row);
  const repair =
    found === undefined || stream === undefined
      ? undefined
      : { ...found, frame: await readStreamBytes(capture.source, stream, detail.offset, found.frameBytes) };
  // The CRC of a fault is that of the frame that its length told of, which may reach further than what was skipped.
  const checkedBytes = async (): Promise<Uint8Array> =>
    index.fault(row) === undefined || stream === undefined || definition?.layout.type !== "framed"
      ? detail.bytes
      : readStreamBytes(capture.source, stream, detail.offset, definition.layout.framing.maxFrameBytes);
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
    problems: problemViews(capture, row, detail, definition),
    checksum: definition === undefined ? undefined : checksumOf(definition, await checkedBytes(), repair),
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
  capture: IndexedCapture,
  row: number,
  detail: RowDetail,
  definition: ProtocolDefinition | undefined,
): ProblemView[] {
  const fault = capture.index.fault(row);
  const { offset } = detail;
  const resumed = fault === undefined ? "" : resumeText({ offset, ...fault });
  return problemsOfRow(capture, detail).map((problem) => problemView(problem, definition, row, offset, resumed));
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

/** A bit to flip, and the frame that it stands in as it was found. */
export interface FrameRepair extends BitRepair {
  readonly frame: Uint8Array;
}

/** The checksum of bytes that begin like a frame; nothing where the protocol has none or no frame is there. */
export function checksumOf(
  { layout }: ProtocolDefinition,
  bytes: Uint8Array,
  repair: FrameRepair | undefined,
): ChecksumView | undefined {
  if (layout.type !== "framed" || layout.framing.crcBytes === 0) return undefined;
  const { framing } = layout;
  if (bytes.length < headBytes(framing)) return undefined;
  const frameBytes = declaredFrameBytes(framing, bytes, 0);
  if (frameBytes < framing.minFrameBytes || frameBytes > bytes.length) return repairOnly(framing, repair);
  const frame = bytes.subarray(0, frameBytes);
  const [stored, computed] = [storedCrc(framing, frame), crc32(crcCovered(framing, frame))];
  const covered = frameRanges(framing, frameBytes).covered!;
  const isRight = stored === computed;
  const shown = isRight || repair === undefined ? undefined : repairView(repair);
  return { ...covered, stored: crcText(stored), computed: crcText(computed), isRight, repair: shown };
}

/** A length that can't be leaves no CRC to compute, and can still be one flipped bit. */
function repairOnly(framing: Framing, repair: FrameRepair | undefined): ChecksumView | undefined {
  if (repair === undefined) return undefined;
  const { length } = frameRanges(framing, framing.minFrameBytes);
  return {
    ...length,
    stored: "no frame of this length",
    computed: "none",
    isRight: false,
    repair: repairView(repair),
  };
}

function repairView({ offset, bit, field, foundByte, repairedByte, frame }: FrameRepair): ChecksumView["repair"] {
  const hex = (value: number): string => value.toString(16).padStart(2, "0");
  const places = { length: "the length field", crc: "the stored CRC", covered: "what the CRC covers" };
  const text = `flip bit ${bit} of byte ${offset}, in ${places[field]}: ${hex(foundByte)} → ${hex(repairedByte)}`;
  return { offset, bit, text, frame: frame.slice() };
}

function crcText(crc: number): string {
  return `0x${crc.toString(16).padStart(8, "0")}`;
}
