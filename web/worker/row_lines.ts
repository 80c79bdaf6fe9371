/** The lines of the list: what an index knows, and a few words from the frame itself. */
import { ProtocolError } from "../../src/core/mod.ts";
import { NO_NUMBER, type PartGroup, ROW_STATUS } from "../../src/inspect/capture_index.ts";
import { foundText, resumeText } from "../../src/inspect/fault_text.ts";
import { messageSummary, shortId } from "../../src/inspect/message_summary.ts";
import { printable } from "../../src/inspect/printable.ts";
import { type IndexedCapture, readRow } from "../../src/inspect/read_row.ts";
import { readStreamBytes } from "../../src/inspect/source_bytes.ts";
import type { FrameRow, ProtocolDefinition } from "../../src/protocols/definition.ts";
import type { ListRow } from "../worker_messages.ts";
import type { ListEntry } from "./list_view.ts";
import { valuesSummary } from "./row_text.ts";

/** Missing parts that a line names. */
const NAMED_MISSING = 4;

/** The line for an entry of the list. */
export async function listRow(capture: IndexedCapture, entry: ListEntry): Promise<ListRow> {
  if (entry.type === "missing") return missingLine(capture, entry.group, entry.partIndex);
  const { index } = capture;
  const { row } = entry;
  const fault = index.fault(row);
  const timeMs = index.timeMs(row);
  const line = {
    row,
    offset: index.offset(row),
    timeMs: Number.isNaN(timeMs) ? undefined : timeMs,
    sender: senderOf(capture, row),
    direction: directionOf(capture, row),
    bytes: index.bytes(row),
    isOpen: entry.type === "group" ? entry.isOpen : undefined,
  };
  if (fault !== undefined) {
    const kind = index.status(row) === ROW_STATUS.hole ? "hole" : "fault";
    const found = fault.error === undefined ? "" : `${foundText(fault.error)}; `;
    const summary = `${found}${resumeText({ offset: line.offset, ...fault })}`;
    return { ...line, kind, type: fault.errorName, summary, severity: kind === "hole" ? "warning" : "error" };
  }
  const type = index.types[index.typeNumber(row)] ?? "?";
  if (entry.type === "group") {
    const { group } = entry;
    const bytes = group.rows.reduce((sum, part) => sum + index.bytes(part), 0);
    const severity = group.completedBy === undefined ? "warning" : undefined;
    return { ...line, kind: "snapshot", type, bytes, summary: await groupSummary(capture, group), severity };
  }
  const kind = entry.type === "part" || index.group(row) !== undefined ? "part" : "message";
  return { ...line, kind, type, summary: await frameSummary(capture, row), severity: undefined };
}

/** What a message says, in a line. */
export function summaryOf(definition: ProtocolDefinition | undefined, row: FrameRow): string {
  if (definition?.summaryOf !== undefined) return definition.summaryOf(row);
  return definition?.name === "snapshot" ? messageSummary(row) : valuesSummary(row);
}

function missingLine({ index }: IndexedCapture, group: PartGroup, partIndex: number): ListRow {
  const first = group.rows[0]!;
  return {
    row: -1,
    kind: "missing",
    offset: index.offset(first),
    timeMs: undefined,
    sender: index.senders[group.senderNumber] ?? "",
    direction: "",
    type: "missing",
    bytes: 0,
    summary: `part ${partIndex + 1} of ${group.partCount} is not in this capture`,
    severity: "warning",
    isOpen: undefined,
  };
}

async function groupSummary(capture: IndexedCapture, group: PartGroup): Promise<string> {
  const { partCount, partIndexes, wholeId, completedBy } = group;
  if (completedBy === undefined) {
    const missing = missingParts(group);
    return `${shortId(wholeId)}: ${new Set(partIndexes).size} of ${partCount} parts, ${missing} missing`;
  }
  const { row } = await readRow(capture, completedBy);
  const whole: FrameRow = Object.fromEntries(Object.entries(row).filter(([name]) => name !== "segment"));
  const stream = capture.index.streams[capture.index.streamNumber(completedBy)];
  return `${partCount} parts: ${summaryOf(stream?.definition, whole)}`;
}

function missingParts({ partCount, partIndexes }: PartGroup): string {
  const there = new Set(partIndexes);
  const missing: number[] = [];
  for (let part = 0; part < partCount && missing.length <= NAMED_MISSING; part++) {
    if (!there.has(part)) missing.push(part + 1);
  }
  const named = missing.slice(0, NAMED_MISSING).join(", ");
  return missing.length > NAMED_MISSING ? `${named}, …` : named;
}

/** A reader of its own for every frame: what a line says must not depend on which lines were read before. */
async function frameSummary({ source, index, options }: IndexedCapture, row: number): Promise<string> {
  const stream = index.streams[index.streamNumber(row)]!;
  const { definition } = stream;
  if (definition === undefined) return "";
  const bytes = await readStreamBytes(source, stream, index.offset(row), index.bytes(row));
  try {
    return summaryOf(definition, definition.createReader(options).read(bytes));
  } catch (error) {
    if (error instanceof ProtocolError) return foundText(error);
    throw error;
  }
}

function senderOf({ index }: IndexedCapture, row: number): string {
  const number = index.senderNumber(row);
  const sender = number === NO_NUMBER ? "" : (index.senders[number] ?? "");
  return printable(sender === "" ? (index.streams[index.streamNumber(row)]?.name ?? "") : sender);
}

/** Which way a flow of a packet capture goes: towards its server's port, or from it. */
function directionOf({ index }: IndexedCapture, row: number): ListRow["direction"] {
  const stream = index.streams[index.streamNumber(row)];
  if (stream === undefined || stream.name === "") return "";
  const ports = /:(\d+) > .*:(\d+)$/.exec(stream.name);
  if (ports === null) return "";
  const [from, to] = [Number(ports[1]), Number(ports[2])];
  const known = stream.definition?.ports ?? [];
  if (known.includes(to) !== known.includes(from)) return known.includes(to) ? ">" : "<";
  // A server's port is the smaller one of the two nearly always.
  return to < from ? ">" : "<";
}
