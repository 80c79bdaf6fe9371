/** From columns to process objects: the text is decoded once and then cut. */
import type { ProcessRow, SnapshotPayload } from "./messages.ts";
import { rssBytes, type SnapshotColumns, uvarintBytes } from "./snapshot_columns.ts";

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
  const { count, pid, cpuPct, rssHalves, nameLengths, cmdlineLengths, text: bytes, textIsAscii } = columns;
  const text = UTF8.decode(bytes);
  const rows: ProcessRow[] = new Array(count);
  let nameLengthAt = 0;
  let cmdlineLengthAt = 0;
  let nameByte = 0;
  let nameAt = 0;
  let cmdlineByte = columns.namesBytes;
  let cmdlineAt = textIsAscii ? cmdlineByte : unitsIn(bytes, 0, cmdlineByte);
  for (let i = 0; i < count; i++) {
    let length = nameLengths[nameLengthAt++]!;
    if (length >= 0x80) {
      length = longLength(nameLengths, nameLengthAt - 1);
      nameLengthAt += uvarintBytes(length) - 1;
    }
    const nameEnd = nameAt + (textIsAscii ? length : unitsIn(bytes, nameByte, length));
    nameByte += length;
    // spec §4: 0 is no command line, k + 1 is k bytes
    let coded = cmdlineLengths[cmdlineLengthAt++]!;
    if (coded >= 0x80) {
      coded = longLength(cmdlineLengths, cmdlineLengthAt - 1);
      cmdlineLengthAt += uvarintBytes(coded) - 1;
    }
    let cmdline: string | null = null;
    if (coded > 0) {
      const cmdlineEnd = cmdlineAt + (textIsAscii ? coded - 1 : unitsIn(bytes, cmdlineByte, coded - 1));
      cmdline = text.substring(cmdlineAt, cmdlineEnd);
      cmdlineAt = cmdlineEnd;
      cmdlineByte += coded - 1;
    }
    const high = rssHalves[i * 2 + 1]!;
    rows[i] = {
      pid: pid[i]!,
      name: text.substring(nameAt, nameEnd),
      cpuPct: cpuPct[i]!,
      // A number nearly always; the call is for the ones that a number can't hold.
      rssBytes: high < 0x20_0000 ? high * 0x1_0000_0000 + rssHalves[i * 2]! : rssBytes(rssHalves, i),
      cmdline,
    };
    nameAt = nameEnd;
  }
  return rows;
}

/**
 * The whole snapshot as one value.
 *
 * @example
 * ```ts
 * import { decodeSnapshotColumns, encodeSnapshot, snapshotPayload } from "tidewire/snapshot";
 * const bytes = encodeSnapshot({
 *   snapshotId: new Uint8Array(16), windowStartMs: 0, windowEndMs: 1000, cpuTotalPct: 3, selection: 0, memUsedBytes: 1,
 *   memTotalBytes: 2, processTotal: 1, extensions: [],
 *   processes: [{ pid: 1, name: "init", cpuPct: 3, rssBytes: 4096, cmdline: null }],
 * });
 * snapshotPayload(decodeSnapshotColumns(bytes)).processes.length; // 1
 * ```
 */
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

/** UTF-16 units that `length` bytes of valid UTF-8 decode to: each lead byte is one, a lead of four bytes two. */
function unitsIn(bytes: Uint8Array, from: number, length: number): number {
  let units = 0;
  for (let at = from; at < from + length; at++) {
    const byte = bytes[at]!;
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

/** A validated uvarint of several bytes. */
function longLength(bytes: Uint8Array, at: number): number {
  let value = 0;
  let shift = 0;
  for (let i = at; ; i++, shift += 7) {
    value += (bytes[i]! & 0x7f) * 2 ** shift;
    if (bytes[i]! < 0x80) return value;
  }
}
