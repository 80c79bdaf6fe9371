import type { FrameRow, ProtocolDefinition, RowValue } from "../protocols/definition.ts";
import { jsonLine } from "./json_line.ts";
import { messageSummary } from "./message_summary.ts";
import { printable } from "./printable.ts";
import { isSnapshotProtocol } from "./streams_reader.ts";

/** What is said of a row elsewhere. */
const SAID_BESIDE: ReadonlySet<string> = new Set(["type", "agentId", "timestampUtcMs", "version"]);

/**
 * What a row of any protocol says, in one printable line.
 *
 * @example
 * ```ts
 * rowSummary({ type: "ping", ttlMs: 300 }, undefined); // "ttlMs 300"
 * ```
 */
export function rowSummary(row: FrameRow, definition: ProtocolDefinition | undefined): string {
  if (isSnapshotProtocol(definition)) return messageSummary(row);
  if (definition?.summaryOf !== undefined) return printable(definition.summaryOf(row));
  const said = Object.entries(row).filter(([name]) => !SAID_BESIDE.has(name));
  return printable(said.map(([name, value]) => `${name} ${valueText(value)}`).join(", "));
}

function valueText(value: RowValue): string {
  return typeof value === "string" ? value : jsonLine(value);
}
