/** The content of a Snapshot, checked and laid out as columns (spec §4). */
import { ByteReader, type FieldSink, firstOutOfRank, sumLengths, utf8Kind } from "../../core/mod.ts";
import { payloadMalformed, readExtensions } from "./decode.ts";
import type { Extension } from "./messages.ts";
import { tellProcesses } from "./process_fields.ts";
import { type FixedFields, SnapshotColumns } from "./snapshot_columns.ts";
import { ID_BYTES, PROCESS_NUMBER_BYTES, SNAPSHOT_FIXED_BYTES } from "./wire.ts";

/**
 * Decodes an encoded snapshot (whole, decompressed) to columns.
 *
 * @param bytes the encoded snapshot; the result keeps views on it
 * @param sink told of every field; without one nothing is spent on it
 * @throws SnapshotError PAYLOAD_MALFORMED, with the offset in `bytes`
 *
 * @example
 * ```ts
 * import { decodeSnapshotColumns, encodeSnapshot } from "tidewire/snapshot";
 * const bytes = encodeSnapshot({
 *   snapshotId: new Uint8Array(16), windowStartMs: 0, windowEndMs: 1000, cpuTotalPct: 3, selection: 0, memUsedBytes: 1,
 *   memTotalBytes: 2, processTotal: 1, extensions: [],
 *   processes: [{ pid: 1, name: "init", cpuPct: 3, rssBytes: 4096, cmdline: null }],
 * });
 * decodeSnapshotColumns(bytes).pid; // Uint32Array [1]
 * ```
 */
export function decodeSnapshotColumns(bytes: Uint8Array, sink?: FieldSink): SnapshotColumns {
  const r = new ByteReader(bytes, 0, bytes.length, payloadMalformed, sink);
  r.open("payload");
  const fixed = readFixed(r);
  const { count } = fixed;
  checkRanks(r, count);
  const lengthsAt = SNAPSHOT_FIXED_BYTES + count * PROCESS_NUMBER_BYTES;
  const names = readLengths(r, { at: lengthsAt, count, bias: 0, from: 0 }, "nameLength");
  const cmdlines = readLengths(r, { at: names.endAt, count, bias: 1, from: names.total }, "cmdlineLength");
  const textAt = cmdlines.endAt;
  if (cmdlines.total > bytes.length - textAt) {
    throw r.failure(`${bytes.length - textAt} bytes left`, `${cmdlines.total} bytes of text`, textAt);
  }
  const kind = utf8Kind(bytes.subarray(textAt, textAt + cmdlines.total));
  if (kind === "invalid") throw r.failure("bytes that are not UTF-8", "names and command lines as UTF-8", textAt);
  r.at = textAt + cmdlines.total;
  const places = {
    lengthsAt,
    cmdlineLengthsAt: names.endAt,
    textAt,
    namesBytes: names.total,
    textBytes: cmdlines.total,
  };
  const columns = new SnapshotColumns(bytes, fixed, places, kind === "ascii", NO_EXTENSIONS);
  if (kind === "utf8") checkBoundaries(r, columns, textAt);
  if (sink !== undefined) tellProcesses(sink, columns, places);
  const extensions = readExtensions(r);
  r.close();
  if (extensions.length === 0) return columns;
  return new SnapshotColumns(bytes, fixed, places, columns.textIsAscii, extensions);
}

const NO_EXTENSIONS: readonly Extension[] = [];

function readFixed(r: ByteReader): FixedFields {
  const snapshotId = r.take("snapshotId", ID_BYTES);
  const windowStartMs = r.i64("windowStartMs");
  const windowEndMs = r.i64("windowEndMs");
  if (windowEndMs < windowStartMs) {
    throw r.failure(`windowEndMs ${windowEndMs}`, `not before ${windowStartMs}`, r.at - 8);
  }
  const cpuTotalPct = r.f32("cpuTotalPct");
  if (!(cpuTotalPct >= 0 && cpuTotalPct <= 100)) throw r.failure(`cpuTotalPct ${cpuTotalPct}`, "0 to 100", r.at - 4);
  const selection = r.u8("selection");
  r.take("reserved", 3);
  const memUsedBytes = r.u64("memUsedBytes");
  const memTotalBytes = r.u64("memTotalBytes");
  if (memTotalBytes <= 0) throw r.failure("memTotalBytes 0", "more than 0", r.at - 8);
  if (memUsedBytes > memTotalBytes) {
    throw r.failure(`memUsedBytes ${memUsedBytes}`, `at most ${memTotalBytes}`, r.at - 16);
  }
  const processTotal = r.u32("processTotal");
  const count = r.u32("count");
  // Refused before anything is allocated: each process takes 16 bytes of numbers and at least two of lengths.
  if (count * (PROCESS_NUMBER_BYTES + 2) > r.remaining) {
    throw r.failure(`${count} processes`, `at most what ${r.remaining} bytes hold, at 18 each`, r.at - 4);
  }
  if (processTotal < count) throw r.failure(`processTotal ${processTotal}`, `at least the ${count} listed`, r.at - 8);
  return {
    snapshotId,
    windowStartMs,
    windowEndMs,
    cpuTotalPct,
    selection,
    memUsedBytes,
    memTotalBytes,
    processTotal,
    count,
  };
}

/** The order is the rank: `cpuPct` descending, then `pid` ascending; NaN and infinities are malformed (spec §4). */
function checkRanks(r: ByteReader, count: number): void {
  if (count === 0) return;
  const { bytes } = r;
  const pidAt = SNAPSHOT_FIXED_BYTES;
  const cpuAt = pidAt + count * 4;
  const cpuOf = (i: number): number => new DataView(bytes.buffer, bytes.byteOffset).getFloat32(cpuAt + i * 4, true);
  const pidOf = (i: number): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(pidAt + i * 4, true);
  const outOfRank = firstOutOfRank(bytes.subarray(cpuAt, cpuAt + count * 4), bytes.subarray(pidAt, cpuAt), count);
  // Of values in rank the first is the greatest and the last the least; one out of rank may be no number.
  for (const i of [0, Math.min(outOfRank, count - 1)]) {
    if (!(cpuOf(i) >= 0 && cpuOf(i) <= 100)) {
      throw r.failure(`cpuPct ${cpuOf(i)} of process ${i}`, "0 to 100", cpuAt + i * 4);
    }
  }
  if (outOfRank === count) return;
  throw r.failure(
    `process ${outOfRank} (pid ${pidOf(outOfRank)}, ${cpuOf(outOfRank)} %) behind pid ${pidOf(outOfRank - 1)}, ${cpuOf(outOfRank - 1)} %`,
    "cpuPct descending, then pid ascending",
    cpuAt + outOfRank * 4,
  );
}

function readLengths(
  r: ByteReader,
  run: Parameters<typeof sumLengths>[1],
  name: string,
): { readonly total: number; readonly endAt: number } {
  const sum = sumLengths(r.bytes, run);
  if (sum.ok) return sum;
  throw r.failure(`lengths refused as ${sum.reason}`, `${run.count} × ${name} in their shortest form`, run.at);
}

/** Each name and each command line is UTF-8 of its own: no boundary lies inside a character. */
function checkBoundaries(r: ByteReader, { text, nameEnds, cmdlineEnds }: SnapshotColumns, textAt: number): void {
  for (const ends of [nameEnds, cmdlineEnds]) {
    for (const end of ends) {
      if (end < text.length && (text[end]! & 0xc0) === 0x80) {
        throw r.failure("a text that ends inside a character", "names and command lines as UTF-8", textAt + end);
      }
    }
  }
}
