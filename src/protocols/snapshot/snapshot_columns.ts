/** The content of a Snapshot, decoded to columns (spec §4): numbers as typed arrays, text untouched until asked for. */
import { ByteReader, type FieldSink, loadCore } from "../../core/mod.ts";
import { payloadMalformed, readExtensions } from "./decode.ts";
import type { Extension, Int64 } from "./messages.ts";
import { ID_BYTES, PROCESS_NUMBER_BYTES, SNAPSHOT_FIXED_BYTES } from "./wire.ts";

/** A decoded snapshot whose processes stand in columns, n long each. */
export interface SnapshotColumns {
  readonly snapshotId: Uint8Array;
  readonly windowStartMs: Int64;
  readonly windowEndMs: Int64;
  readonly cpuTotalPct: number;
  readonly selection: number;
  readonly memUsedBytes: Int64;
  readonly memTotalBytes: Int64;
  readonly processTotal: number;
  readonly count: number;
  readonly pid: Uint32Array;
  readonly cpuPct: Float32Array;
  /** Two 32-bit halves for each process, low one first. */
  readonly rssHalves: Uint32Array;
  /** All names and then all command lines, UTF-8; a view on the input. */
  readonly text: Uint8Array;
  /** True when every byte of `text` is ASCII, so that bytes and characters are counted alike. */
  readonly textIsAscii: boolean;
  /** Where each name ends in `text`; it begins where the one before it ends. */
  readonly nameEnds: Uint32Array;
  /** Where each command line ends in `text`; the first begins where the last name ends. */
  readonly cmdlineEnds: Uint32Array;
  /** 1 for each process that has a command line, be it an empty one. */
  readonly hasCmdline: Uint8Array;
  readonly extensions: readonly Extension[];
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
  // Refused before anything is allocated: each process takes 16 bytes of numbers and at least two of lengths.
  if (count * (PROCESS_NUMBER_BYTES + 2) > r.remaining) {
    throw r.failure(`${r.remaining} bytes left`, `${count} processes of at least 18 bytes`, SNAPSHOT_FIXED_BYTES - 4);
  }
  const numbersAt = r.at;
  // One copy makes the columns aligned, whatever the offset of the frame was.
  const numbers = bytes.slice(numbersAt, numbersAt + count * PROCESS_NUMBER_BYTES).buffer;
  const pid = new Uint32Array(numbers, 0, count);
  const cpuPct = new Float32Array(numbers, count * 4, count);
  const rssHalves = new Uint32Array(numbers, count * 8, count * 2);
  checkRanks(r, pid, cpuPct, numbersAt);
  r.at += count * PROCESS_NUMBER_BYTES;

  const lengths = new Uint32Array(count * 2);
  const nameEnds = lengths.subarray(0, count);
  const cmdlineEnds = lengths.subarray(count);
  const hasCmdline = new Uint8Array(count);
  const lengthsAt = r.at;
  const namesBytes = readNameLengths(r, nameEnds);
  const textBytes = readCmdlineLengths(r, cmdlineEnds, hasCmdline, namesBytes);
  const textAt = r.at;
  if (textBytes > r.remaining) throw r.failure(`${r.remaining} bytes left`, `${textBytes} bytes of text`, textAt);
  const text = bytes.subarray(textAt, textAt + textBytes);
  const textIsAscii = checkText(r, text, textAt, lengths);
  r.at = textAt + textBytes;
  const columns = { ...fixed, pid, cpuPct, rssHalves, text, textIsAscii, nameEnds, cmdlineEnds, hasCmdline };
  if (sink !== undefined) tellColumns(sink, columns, { numbersAt, lengthsAt, textAt });
  const extensions = readExtensions(r);
  r.close();
  return { ...columns, extensions };
}

type FixedFields = Pick<
  SnapshotColumns,
  | "snapshotId"
  | "windowStartMs"
  | "windowEndMs"
  | "cpuTotalPct"
  | "selection"
  | "memUsedBytes"
  | "memTotalBytes"
  | "processTotal"
  | "count"
>;

function readFixed(r: ByteReader): FixedFields {
  const snapshotId = r.take("snapshotId", ID_BYTES);
  const windowStartMs = r.i64("windowStartMs");
  const windowEndMs = r.i64("windowEndMs");
  if (windowEndMs < windowStartMs) throw r.failure(`windowEndMs ${windowEndMs}`, `not before ${windowStartMs}`, r.at - 8);
  const cpuTotalPct = r.f32("cpuTotalPct");
  if (!(cpuTotalPct >= 0 && cpuTotalPct <= 100)) throw r.failure(`cpuTotalPct ${cpuTotalPct}`, "0 to 100", r.at - 4);
  const selection = r.u8("selection");
  r.take("reserved", 3);
  const memUsedBytes = r.u64("memUsedBytes");
  const memTotalBytes = r.u64("memTotalBytes");
  if (memTotalBytes <= 0) throw r.failure("memTotalBytes 0", "more than 0", r.at - 8);
  if (memUsedBytes > memTotalBytes) throw r.failure(`memUsedBytes ${memUsedBytes}`, `at most ${memTotalBytes}`, r.at - 16);
  const processTotal = r.u32("processTotal");
  const count = r.u32("count");
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

/** The order is the rank: `cpuPct` descending, then `pid` ascending; NaN and infinities fail the range (spec §4). */
function checkRanks(r: ByteReader, pid: Uint32Array, cpuPct: Float32Array, numbersAt: number): void {
  let lastCpu = 100;
  let lastPid = 0;
  for (let i = 0; i < pid.length; i++) {
    const cpu = cpuPct[i]!;
    const id = pid[i]!;
    if (cpu < lastCpu && cpu >= 0) {
      lastCpu = cpu;
    } else if (cpu !== lastCpu || (id < lastPid && i > 0)) {
      throw rankFailure(r, pid, cpuPct, i, numbersAt);
    }
    lastPid = id;
  }
}

function rankFailure(r: ByteReader, pid: Uint32Array, cpuPct: Float32Array, i: number, numbersAt: number): Error {
  const cpu = cpuPct[i]!;
  const cpuAt = numbersAt + pid.length * 4 + i * 4;
  if (!(cpu >= 0 && cpu <= 100)) return r.failure(`cpuPct ${cpu} of process ${i}`, "0 to 100", cpuAt);
  return r.failure(
    `process ${i} (pid ${pid[i]}, ${cpu} %) after pid ${pid[i - 1]}, ${cpuPct[i - 1]} %`,
    "cpuPct descending, then pid ascending",
    cpuAt,
  );
}

function readNameLengths(r: ByteReader, ends: Uint32Array): number {
  let total = 0;
  for (let i = 0; i < ends.length; i++) {
    total = addLength(r, total, readLength(r, "nameLength"));
    ends[i] = total;
  }
  return total;
}

function readCmdlineLengths(r: ByteReader, ends: Uint32Array, has: Uint8Array, from: number): number {
  let total = from;
  for (let i = 0; i < ends.length; i++) {
    const coded = readLength(r, "cmdlineLength");
    // spec §4: 0 is no command line, k + 1 is k bytes
    if (coded > 0) {
      has[i] = 1;
      total = addLength(r, total, coded - 1);
    }
    ends[i] = total;
  }
  return total;
}

/** One length: nearly always a single byte. */
function readLength(r: ByteReader, name: string): number {
  const byte = r.at < r.end ? r.bytes[r.at]! : 0x80;
  if (byte < 0x80) {
    r.at++;
    return byte;
  }
  return readLongLength(r, name);
}

/** A length of several bytes, without telling the sink: `tellColumns` does that for all of them. */
function readLongLength(r: ByteReader, name: string): number {
  const quiet = new ByteReader(r.bytes, r.at, r.end, payloadMalformed);
  const value = Number(quiet.uvarint(name));
  r.at = quiet.at;
  return value;
}

function addLength(r: ByteReader, total: number, more: number): number {
  if (total + more > r.remaining) throw r.failure(`${total + more} bytes of text`, `at most ${r.remaining}`, r.at - 1);
  return total + more;
}

/** Each name and each command line is UTF-8 of its own: valid as a whole, and no boundary inside a character. */
function checkText(r: ByteReader, text: Uint8Array, textAt: number, ends: Uint32Array): boolean {
  const kind = loadCore().utf8Kind(text);
  if (kind === "ascii") return true;
  if (kind === "invalid") throw r.failure("bytes that are not UTF-8", "names and command lines as UTF-8", textAt);
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!;
    if (end < text.length && (text[end]! & 0xc0) === 0x80) {
      throw r.failure("a text that ends inside a character", "names and command lines as UTF-8", textAt + end);
    }
  }
  return false;
}

interface ColumnOffsets {
  readonly numbersAt: number;
  readonly lengthsAt: number;
  readonly textAt: number;
}

/** Tells the sink of every process, field by field: number columns, length columns, texts. */
function tellColumns(sink: FieldSink, c: Omit<SnapshotColumns, "extensions">, at: ColumnOffsets): void {
  const { count } = c;
  const decoder = new TextDecoder();
  let nameLengthAt = at.lengthsAt;
  let cmdlineLengthAt = at.lengthsAt;
  for (let i = 0; i < count; i++) cmdlineLengthAt += uvarintBytes(textLength(c.nameEnds, i, 0));
  for (let i = 0; i < count; i++) {
    const nameBytes = textLength(c.nameEnds, i, 0);
    const cmdlineBytes = textLength(c.cmdlineEnds, i, c.nameEnds[count - 1]!);
    const coded = c.hasCmdline[i] === 1 ? cmdlineBytes + 1 : 0;
    const nameAt = c.nameEnds[i]! - nameBytes;
    const cmdlineAt = c.cmdlineEnds[i]! - cmdlineBytes;
    sink.open("process", at.numbersAt + i * 4);
    sink.field("pid", c.pid[i]!, at.numbersAt + i * 4, 4);
    sink.field("cpuPct", c.cpuPct[i]!, at.numbersAt + (count + i) * 4, 4);
    sink.field("rssBytes", rssBytes(c, i), at.numbersAt + (count + i) * 8, 8);
    sink.field("nameLength", nameBytes, nameLengthAt, uvarintBytes(nameBytes));
    sink.field("cmdlineLength", coded, cmdlineLengthAt, uvarintBytes(coded));
    sink.field("name", decoder.decode(c.text.subarray(nameAt, c.nameEnds[i]!)), at.textAt + nameAt, nameBytes);
    const cmdline = coded === 0 ? null : decoder.decode(c.text.subarray(cmdlineAt, c.cmdlineEnds[i]!));
    sink.field("cmdline", cmdline, at.textAt + cmdlineAt, cmdlineBytes);
    sink.close(at.textAt + c.cmdlineEnds[i]!);
    nameLengthAt += uvarintBytes(nameBytes);
    cmdlineLengthAt += uvarintBytes(coded);
  }
}

function textLength(ends: Uint32Array, i: number, from: number): number {
  return ends[i]! - (i === 0 ? from : ends[i - 1]!);
}

function uvarintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;
}

/** The resident memory of process `i`. */
export function rssBytes(columns: Pick<SnapshotColumns, "rssHalves">, i: number): Int64 {
  const low = columns.rssHalves[i * 2]!;
  const high = columns.rssHalves[i * 2 + 1]!;
  // 2^53 is 2^21 in the high half; beyond it a number would be rounded.
  return high < 0x20_0000 ? high * 0x1_0000_0000 + low : (BigInt(high) << 32n) | BigInt(low);
}
