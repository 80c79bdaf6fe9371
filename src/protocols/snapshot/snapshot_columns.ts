/** The content of a Snapshot, decoded to columns (spec §4): checked at once, mapped and cut when they are asked for. */
import { ByteReader, type FieldSink, firstOutOfRank, int64, sumLengths, utf8Kind } from "../../core/mod.ts";
import { payloadMalformed, readExtensions } from "./decode.ts";
import type { Extension, Int64, SnapshotPayload } from "./messages.ts";
import { tellProcesses } from "./process_fields.ts";
import { ID_BYTES, PROCESS_NUMBER_BYTES, SNAPSHOT_FIXED_BYTES } from "./wire.ts";

/** What stands before the columns. */
type FixedFields = Omit<SnapshotPayload, "processes" | "extensions"> & { readonly count: number };

/** Where the columns stand in the encoded snapshot; the number columns begin at 64. */
interface ColumnPlaces {
  readonly lengthsAt: number;
  readonly cmdlineLengthsAt: number;
  readonly textAt: number;
  readonly namesBytes: number;
  readonly textBytes: number;
}

interface NumberColumns {
  readonly pid: Uint32Array;
  readonly cpuPct: Float32Array;
  readonly rssHalves: Uint32Array;
}

/**
 * A snapshot whose processes stand in columns. Everything has been validated; arrays are made when they are first asked
 * for, as views on the input where it is aligned.
 */
export class SnapshotColumns implements FixedFields {
  readonly snapshotId: Uint8Array;
  readonly windowStartMs: Int64;
  readonly windowEndMs: Int64;
  readonly cpuTotalPct: number;
  readonly selection: number;
  readonly memUsedBytes: Int64;
  readonly memTotalBytes: Int64;
  readonly processTotal: number;
  /** Processes listed: the length of every column. */
  readonly count: number;
  /** True when every byte of the texts is ASCII, so that bytes and characters are counted alike. */
  readonly textIsAscii: boolean;
  readonly extensions: readonly Extension[];
  readonly #bytes: Uint8Array;
  readonly #places: ColumnPlaces;
  #numbers: NumberColumns | undefined;
  #hasCmdline: Uint8Array | undefined;
  #nameEnds: Uint32Array | undefined;
  #cmdlineEnds: Uint32Array | undefined;

  /** Use {@linkcode decodeSnapshotColumns}, which validates. */
  constructor(
    bytes: Uint8Array,
    fixed: FixedFields,
    places: ColumnPlaces,
    textIsAscii: boolean,
    extensions: readonly Extension[],
  ) {
    this.snapshotId = fixed.snapshotId;
    this.windowStartMs = fixed.windowStartMs;
    this.windowEndMs = fixed.windowEndMs;
    this.cpuTotalPct = fixed.cpuTotalPct;
    this.selection = fixed.selection;
    this.memUsedBytes = fixed.memUsedBytes;
    this.memTotalBytes = fixed.memTotalBytes;
    this.processTotal = fixed.processTotal;
    this.count = fixed.count;
    this.textIsAscii = textIsAscii;
    this.extensions = extensions;
    this.#bytes = bytes;
    this.#places = places;
  }

  get pid(): Uint32Array {
    return this.#numberColumns().pid;
  }

  get cpuPct(): Float32Array {
    return this.#numberColumns().cpuPct;
  }

  /** Two 32-bit halves for each process, low one first. */
  get rssHalves(): Uint32Array {
    return this.#numberColumns().rssHalves;
  }

  /** All names and then all command lines, UTF-8; a view on the input. */
  get text(): Uint8Array {
    const { textAt, textBytes } = this.#places;
    return this.#bytes.subarray(textAt, textAt + textBytes);
  }

  /** The length of each name in bytes, as uvarints one after another; a view on the input. */
  get nameLengths(): Uint8Array {
    return this.#bytes.subarray(this.#places.lengthsAt, this.#places.cmdlineLengthsAt);
  }

  /** For each command line 0 where there is none, else its length in bytes and one, as uvarints; a view on the input. */
  get cmdlineLengths(): Uint8Array {
    return this.#bytes.subarray(this.#places.cmdlineLengthsAt, this.#places.textAt);
  }

  /** Bytes of all names: the command lines begin behind them. */
  get namesBytes(): number {
    return this.#places.namesBytes;
  }

  /** Where each name ends in `text`; it begins where the one before it ends. */
  get nameEnds(): Uint32Array {
    if (this.#nameEnds === undefined) {
      this.#nameEnds = new Uint32Array(this.count);
      const run = { at: this.#places.lengthsAt, count: this.count, bias: 0, from: 0 } as const;
      sumLengths(this.#bytes, run, this.#nameEnds);
    }
    return this.#nameEnds;
  }

  /** Where each command line ends in `text`; the first begins where the last name ends. */
  get cmdlineEnds(): Uint32Array {
    if (this.#cmdlineEnds === undefined) {
      this.#cmdlineEnds = new Uint32Array(this.count);
      const { cmdlineLengthsAt, namesBytes } = this.#places;
      const run = { at: cmdlineLengthsAt, count: this.count, bias: 1, from: namesBytes } as const;
      sumLengths(this.#bytes, run, this.#cmdlineEnds);
    }
    return this.#cmdlineEnds;
  }

  /** 1 for each process that has a command line, be it an empty one. */
  get hasCmdline(): Uint8Array {
    if (this.#hasCmdline === undefined) {
      this.#hasCmdline = new Uint8Array(this.count);
      let at = this.#places.cmdlineLengthsAt;
      for (let i = 0; i < this.count; i++) {
        // A length of 0 is one zero byte: any other value begins with another byte.
        this.#hasCmdline[i] = this.#bytes[at]! === 0 ? 0 : 1;
        while (this.#bytes[at++]! >= 0x80);
      }
    }
    return this.#hasCmdline;
  }

  /** Typed arrays laid over the input where it is aligned for them, over a copy where not. */
  #numberColumns(): NumberColumns {
    if (this.#numbers === undefined) {
      const { count } = this;
      const view = this.#bytes.subarray(SNAPSHOT_FIXED_BYTES, SNAPSHOT_FIXED_BYTES + count * PROCESS_NUMBER_BYTES);
      const { buffer, byteOffset } = view.byteOffset % 4 === 0 ? view : view.slice();
      this.#numbers = {
        pid: new Uint32Array(buffer, byteOffset, count),
        cpuPct: new Float32Array(buffer, byteOffset + count * 4, count),
        rssHalves: new Uint32Array(buffer, byteOffset + count * 8, count * 2),
      };
    }
    return this.#numbers;
  }
}

/**
 * Decodes an encoded snapshot (whole, decompressed) to columns.
 *
 * @param bytes the encoded snapshot; the result keeps views on it
 * @param sink told of every field; without one nothing is spent on it
 * @throws SnapshotError PAYLOAD_MALFORMED, with the offset in `bytes`
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

/** The resident memory of a process, of the halves in {@linkcode SnapshotColumns.rssHalves}. */
export function rssBytes(rssHalves: Uint32Array, i: number): Int64 {
  return int64(rssHalves[i * 2]!, rssHalves[i * 2 + 1]!);
}

/** Bytes that a length below 2^28 takes as a uvarint. */
export function uvarintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;
}
