import { type CsvValue, csvLine } from "../inspect/csv.ts";
import { COLOURS, jsonLine, NO_COLOURS, printable } from "../inspect/mod.ts";
import { columnsOf, fillColumns, fitColumns } from "../inspect/printable.ts";
import type { QueriedRow, QueryField } from "../inspect/process_fields.ts";
import { size, timestamp } from "../inspect/quantities.ts";
import type { Terminal } from "./terminal.ts";

/** How rows are written. */
export interface RowPrinter {
  head(): readonly string[];
  line(found: QueriedRow): string;
}

export function jsonRows(fields: readonly QueryField[]): RowPrinter {
  return {
    head: () => [],
    line: (found) => jsonLine(Object.fromEntries(fields.map((field) => [field.name, field.value(found)]))),
  };
}

export function csvRows(fields: readonly QueryField[]): RowPrinter {
  return {
    head: () => [csvLine(fields.map(({ name }) => name))],
    line: (found) => csvLine(fields.map((field) => field.value(found))),
  };
}

/** How a column of the table looks; the widths fit what machines have, since nobody knows what the next row holds. */
interface TableColumn {
  readonly title: string;
  readonly columns: number;
  readonly isNumber?: true;
  readonly text?: (value: Exclude<CsvValue, null>) => string;
}

const bytes = (value: Exclude<CsvValue, null>): string => size(typeof value === "string" ? Number(value) : value);
const percent = (value: Exclude<CsvValue, null>): string => Number(value).toFixed(1);

const COLUMNS: Readonly<Record<string, TableColumn>> = {
  time: { title: "TIME (UTC)", columns: 23, text: (value) => timestamp(Date.parse(String(value))) },
  agentId: { title: "AGENT", columns: 16 },
  rank: { title: "#", columns: 4, isNumber: true },
  pid: { title: "PID", columns: 7, isNumber: true },
  name: { title: "NAME", columns: 20 },
  cpuPct: { title: "CPU%", columns: 5, isNumber: true, text: percent },
  rssBytes: { title: "RSS", columns: 10, isNumber: true, text: bytes },
  memPct: { title: "MEM%", columns: 5, isNumber: true, text: percent },
  cmdline: { title: "COMMAND", columns: 40 },
  cpuTotalPct: { title: "CPU%", columns: 5, isNumber: true, text: percent },
  memUsedBytes: { title: "USED", columns: 10, isNumber: true, text: bytes },
  memTotalBytes: { title: "MEMORY", columns: 10, isNumber: true, text: bytes },
  processTotal: { title: "PROCS", columns: 6, isNumber: true },
  snapshotId: { title: "SNAPSHOT", columns: 32 },
};

/** Columns for a person; the last one, when it is text, has what is left of the line. */
export function tableRows(fields: readonly QueryField[], terminal: Terminal): RowPrinter {
  const paint = terminal.hasColours ? COLOURS : NO_COLOURS;
  const columns = fields.map(({ name }) => COLUMNS[name]!);
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, i) => {
      const { columns: width, isNumber } = columns[i]!;
      if (isNumber) return " ".repeat(Math.max(0, width - columnsOf(cell))) + cell;
      return i === cells.length - 1 ? cell : fillColumns(cell, width);
    });
    return fitColumns(padded.join("  ").trimEnd(), terminal.columns);
  };
  return {
    head: () => [paint.strong(line(columns.map(({ title }) => title)))],
    line: (found) =>
      line(
        fields.map((field, i) => {
          const value = field.value(found);
          return value === null ? "" : printable(columns[i]!.text?.(value) ?? String(value));
        }),
      ),
  };
}
