import type { MachineSample, ProcessSample } from "../ports/machine_sampler.ts";
import type { ProcessRow, SnapshotPayload } from "../protocols/snapshot/messages.ts";
import {
  MAX_SNAPSHOT_BYTES,
  PROCESS_NUMBER_BYTES,
  SELECTION_ALL,
  SELECTION_COMMAND_LINES,
  SELECTION_TRUNCATED,
  SNAPSHOT_FIXED_BYTES,
} from "../protocols/snapshot/wire.ts";

/** What goes into snapshots. */
export interface SnapshotSelection {
  readonly all: boolean;
  /** How many processes are listed unless `all`. */
  readonly top: number;
  readonly cmdline: boolean;
  /** What matches one of them in a command line is masked. */
  readonly redact: readonly RegExp[];
}

const MASK = "***";
/** Longer names exist on no platform; the bound keeps a broken sampler from filling a frame. */
const MAX_NAME_CHARS = 255;
/** Both length columns at their longest, and three bytes of UTF-8 for each UTF-16 unit: never less than what is encoded. */
const MAX_LENGTH_BYTES = 10;
const MAX_BYTES_PER_CHAR = 3;
const MAX_UINT32 = 0xffff_ffff;

/**
 * Makes the payload of a Snapshot out of one look at the machine: cut, ordered, masked, and every number within the
 * bounds of spec §4, whatever a platform's counters did in between.
 *
 * @throws RangeError when the sample has no memory total, without which a snapshot means nothing
 */
export function buildSnapshot(
  sample: MachineSample,
  snapshotId: Uint8Array,
  selection: SnapshotSelection,
): SnapshotPayload {
  const memTotalBytes = wholeWithin(sample.memTotalBytes, Number.MAX_SAFE_INTEGER);
  if (memTotalBytes === 0)
    throw new RangeError(`found a memory total of ${sample.memTotalBytes}, expected more than 0`);
  const rows = sample.processes.map((process) => toRow(process, selection)).sort(byRank);
  if (!selection.all && rows.length > selection.top) rows.length = selection.top;
  cutToSize(rows);
  const processTotal = Math.max(rows.length, wholeWithin(sample.processTotal, MAX_UINT32));
  const windowEndMs = Math.trunc(sample.windowEndMs);
  return {
    snapshotId,
    // A clock that was set back within the window leaves no true start: the window is empty then.
    windowStartMs: Math.min(Math.trunc(sample.windowStartMs), windowEndMs),
    windowEndMs,
    cpuTotalPct: percent(sample.cpuTotalPct),
    selection:
      (selection.all ? SELECTION_ALL : 0) |
      (rows.length < processTotal ? SELECTION_TRUNCATED : 0) |
      (selection.cmdline ? SELECTION_COMMAND_LINES : 0),
    memUsedBytes: wholeWithin(sample.memUsedBytes, memTotalBytes),
    memTotalBytes,
    processTotal,
    processes: rows,
    extensions: [],
  };
}

function toRow(process: ProcessSample, selection: SnapshotSelection): ProcessRow {
  return {
    pid: wholeWithin(process.pid, MAX_UINT32),
    name: process.name.slice(0, MAX_NAME_CHARS),
    cpuPct: percent(process.cpuPct),
    rssBytes: wholeWithin(process.rssBytes, Number.MAX_SAFE_INTEGER),
    cmdline: selection.cmdline && process.cmdline !== null ? mask(process.cmdline, selection.redact) : null,
  };
}

function mask(cmdline: string, patterns: readonly RegExp[]): string {
  let masked = cmdline;
  for (const pattern of patterns) masked = masked.replace(pattern, MASK);
  return masked;
}

/** The rank (spec §4): what travels is a float of 32 bits, so that is what is compared. */
function byRank(a: ProcessRow, b: ProcessRow): number {
  return b.cpuPct - a.cpuPct || a.pid - b.pid;
}

/** A list that would not fit a snapshot loses its last processes: better most of the machine than nothing of it. */
function cutToSize(rows: ProcessRow[]): void {
  let bytes = SNAPSHOT_FIXED_BYTES;
  for (const [i, row] of rows.entries()) {
    const chars = row.name.length + (row.cmdline?.length ?? 0);
    bytes += PROCESS_NUMBER_BYTES + MAX_LENGTH_BYTES + chars * MAX_BYTES_PER_CHAR;
    if (bytes > MAX_SNAPSHOT_BYTES) {
      rows.length = i;
      return;
    }
  }
}

/** 0 to 100 as a float of 32 bits; what is no number is 0. */
function percent(value: number): number {
  return value > 0 ? Math.fround(Math.min(100, value)) : 0;
}

function wholeWithin(value: number, max: number): number {
  return value > 0 ? Math.min(max, Math.trunc(value)) : 0;
}
