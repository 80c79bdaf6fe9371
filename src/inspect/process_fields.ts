import type { CsvValue } from "./csv.ts";
import type { ProcessValue, SnapshotRow, SnapshotValue } from "./snapshot_row.ts";

/** One row of a query: a process of a snapshot, or nothing but the machine. */
export interface QueriedRow {
  readonly row: SnapshotRow;
  readonly snapshot: SnapshotValue;
  readonly process: ProcessValue | undefined;
  /** From 1, the busiest process. */
  readonly rank: number | undefined;
}

/** A column of a query. */
export interface QueryField {
  readonly name: string;
  readonly summary: string;
  /** Of the snapshot as a whole: the same for all its processes. */
  readonly isOfMachine: boolean;
  value(found: QueriedRow): CsvValue;
}

const machine = (name: string, summary: string, value: QueryField["value"]): QueryField => ({
  name,
  summary,
  isOfMachine: true,
  value,
});
const process = (
  name: string,
  summary: string,
  value: (process: ProcessValue, found: QueriedRow) => CsvValue,
): QueryField => ({
  name,
  summary,
  isOfMachine: false,
  value: (found) => (found.process === undefined ? null : value(found.process, found)),
});

/** Every field, in the order of the help page. */
export const QUERY_FIELDS: readonly QueryField[] = [
  machine("time", "end of the sampling window, UTC", ({ snapshot }) => isoTime(snapshot.windowEndMs)),
  machine("agentId", "who sent it", ({ row }) => row.agentId),
  process("rank", "1 is the process that used most CPU", (_, { rank }) => rank ?? null),
  process("pid", "process id", ({ pid }) => pid),
  process("name", "its name", ({ name }) => name),
  process("cpuPct", "its share of all processors together", ({ cpuPct }) => cpuPct),
  process("rssBytes", "its resident memory", ({ rssBytes }) => rssBytes),
  process("memPct", "the same, as a share of the machine's memory", ({ rssBytes }, { snapshot }) =>
    rounded((Number(rssBytes) / Number(snapshot.memTotalBytes)) * 100),
  ),
  process("cmdline", "its command line, where agents send them", ({ cmdline }) => cmdline),
  machine("cpuTotalPct", "CPU of the machine", ({ snapshot }) => snapshot.cpuTotalPct),
  machine("memUsedBytes", "memory in use on the machine", ({ snapshot }) => snapshot.memUsedBytes),
  machine("memTotalBytes", "memory of the machine", ({ snapshot }) => snapshot.memTotalBytes),
  machine("processTotal", "processes on the machine, listed or not", ({ snapshot }) => snapshot.processTotal),
  machine("snapshotId", "which snapshot it stands in", ({ snapshot }) => snapshot.snapshotId),
];

/** What is shown when nothing else is asked for. */
export const DEFAULT_QUERY_FIELDS: readonly string[] = [
  ...["time", "agentId", "rank", "pid", "name", "cpuPct", "rssBytes", "memPct", "cmdline"],
];

/** ISO 8601, or the number where no calendar has such a time. */
function isoTime(utcMs: number | bigint): string {
  const date = new Date(Number(utcMs));
  return Number.isNaN(date.getTime()) ? `${utcMs}` : date.toISOString();
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
