/** From columns to process objects: the text is decoded once and then cut. */
import type { ProcessRow, SnapshotPayload } from "./messages.ts";
import { rssBytes, type SnapshotColumns } from "./snapshot_columns.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The processes of a snapshot as objects. Their texts are slices of one string, so keeping one keeps them all alive.
 *
 * @example
 * ```ts
 * import { decodeSnapshotColumns, encodeSnapshot, processRows } from "tidewire/snapshot";
 * const bytes = encodeSnapshot({
 *   snapshotId: new Uint8Array(16), windowStartMs: 0, windowEndMs: 1000, cpuTotalPct: 3, selection: 0, memUsedBytes: 1,
 *   memTotalBytes: 2, processTotal: 1, extensions: [],
 *   processes: [{ pid: 1, name: "init", cpuPct: 3, rssBytes: 4096, cmdline: null }],
 * });
 * processRows(decodeSnapshotColumns(bytes)); // [{ pid: 1, name: "init", cpuPct: 3, rssBytes: 4096, cmdline: null }]
 * ```
 */
export function processRows(columns: SnapshotColumns): ProcessRow[] {
  const { count, pid, cpuPct, hasCmdline } = columns;
  const text = UTF8.decode(columns.text);
  const nameEnds = columns.textIsAscii ? columns.nameEnds : characterEnds(columns, columns.nameEnds, 0, 0);
  const lastNameByte = count === 0 ? 0 : columns.nameEnds[count - 1]!;
  const lastName = count === 0 ? 0 : nameEnds[count - 1]!;
  const cmdlineEnds = columns.textIsAscii
    ? columns.cmdlineEnds
    : characterEnds(columns, columns.cmdlineEnds, lastNameByte, lastName);
  const rows: ProcessRow[] = new Array(count);
  let nameAt = 0;
  let cmdlineAt = lastName;
  for (let i = 0; i < count; i++) {
    const nameEnd = nameEnds[i]!;
    const cmdlineEnd = cmdlineEnds[i]!;
    rows[i] = {
      pid: pid[i]!,
      name: text.substring(nameAt, nameEnd),
      cpuPct: cpuPct[i]!,
      rssBytes: rssBytes(columns, i),
      cmdline: hasCmdline[i] === 1 ? text.substring(cmdlineAt, cmdlineEnd) : null,
    };
    nameAt = nameEnd;
    cmdlineAt = cmdlineEnd;
  }
  return rows;
}

/** The whole snapshot as one value. */
export function snapshotPayload(columns: SnapshotColumns): SnapshotPayload {
  return {
    snapshotId: columns.snapshotId,
    windowStartMs: columns.windowStartMs,
    windowEndMs: columns.windowEndMs,
    cpuTotalPct: columns.cpuTotalPct,
    selection: columns.selection,
    memUsedBytes: columns.memUsedBytes,
    memTotalBytes: columns.memTotalBytes,
    processTotal: columns.processTotal,
    processes: processRows(columns),
    extensions: columns.extensions,
  };
}

/** Ends in bytes to ends in UTF-16 units: every lead byte is one unit, a lead of four bytes two. */
function characterEnds({ text }: SnapshotColumns, byteEnds: Uint32Array, fromByte: number, fromUnit: number): Uint32Array {
  const ends = new Uint32Array(byteEnds.length);
  let at = fromByte;
  let units = fromUnit;
  for (let i = 0; i < byteEnds.length; i++) {
    const end = byteEnds[i]!;
    for (; at < end; at++) {
      const byte = text[at]!;
      if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
    }
    ends[i] = units;
  }
  return ends;
}
