/** The content of a Snapshot, encoded (spec §4). */
import { encodeExtensions } from "./encode.ts";
import { SnapshotError } from "./errors.ts";
import type { Int64, ProcessRow, SnapshotPayload } from "./messages.ts";
import { uvarintBytes } from "./snapshot_columns.ts";
import { ID_BYTES, MAX_SNAPSHOT_BYTES, PROCESS_NUMBER_BYTES, SNAPSHOT_FIXED_BYTES } from "./wire.ts";

const UTF8 = new TextEncoder();
/** Text longer than this goes through the encoder; a loop wins for what is shorter. */
const SHORT_TEXT = 96;

/**
 * Room for the pieces of one snapshot while it is encoded, kept between calls: an agent encodes one of about the same size
 * every few seconds. Grown when a snapshot needs more, never over its bound.
 */
let nameScratch = new Uint8Array(4_096);
let cmdlineScratch = new Uint8Array(4_096);
/** Coded lengths: of the names, then of the command lines; the same as bytes, for when each fits one. */
let lengthScratch = new Uint32Array(512);
let shortLengthScratch = new Uint8Array(512);

/**
 * Encodes a snapshot to the bytes that a Snapshot message carries whole, or cut into parts.
 *
 * @returns a buffer of its own
 * @throws SnapshotError (local) PAYLOAD_MALFORMED when a field is out of its range or the processes are not ordered,
 *   PAYLOAD_TOO_LARGE over 16 MiB
 *
 * @example
 * ```ts
 * import { encodeSnapshot } from "tidewire/snapshot";
 * encodeSnapshot({
 *   snapshotId: new Uint8Array(16), windowStartMs: 0, windowEndMs: 1000, cpuTotalPct: 3, selection: 0, memUsedBytes: 1,
 *   memTotalBytes: 2, processTotal: 1, extensions: [],
 *   processes: [{ pid: 1, name: "init", cpuPct: 3, rssBytes: 4096, cmdline: null }],
 * }).length; // 86
 * ```
 */
export function encodeSnapshot(snapshot: SnapshotPayload): Uint8Array {
  checkFixed(snapshot);
  const { processes } = snapshot;
  const n = processes.length;
  if (n * 2 > lengthScratch.length) growLengths(n * 2);
  const extensions = encodeExtensions(snapshot.extensions);
  // Number columns are written in place; they start at 64, so an aligned buffer gives aligned columns.
  const head = new ArrayBuffer(SNAPSHOT_FIXED_BYTES + n * PROCESS_NUMBER_BYTES);
  writeFixed(new DataView(head), snapshot);
  const texts = writeProcesses(head, processes);
  const lengthBytes = texts.lengthsAreShort ? n * 2 : countLengthBytes(n * 2);
  const total = head.byteLength + lengthBytes + texts.nameBytes + texts.cmdlineBytes + extensions.length;
  if (total > MAX_SNAPSHOT_BYTES) {
    throw new SnapshotError("PAYLOAD_TOO_LARGE", `${total} bytes`, `at most ${MAX_SNAPSHOT_BYTES}`, { side: "local" });
  }
  const out = new Uint8Array(total);
  out.set(new Uint8Array(head));
  if (texts.lengthsAreShort) out.set(shortLengthScratch.subarray(0, n * 2), head.byteLength);
  else writeLengths(out, head.byteLength, n * 2);
  const namesAt = head.byteLength + lengthBytes;
  out.set(nameScratch.subarray(0, texts.nameBytes), namesAt);
  out.set(cmdlineScratch.subarray(0, texts.cmdlineBytes), namesAt + texts.nameBytes);
  out.set(extensions, total - extensions.length);
  return out;
}

function checkFixed(s: SnapshotPayload): void {
  if (s.snapshotId.length !== ID_BYTES) throw malformed(`a snapshotId of ${s.snapshotId.length} bytes`, "16 bytes");
  checkInt64("windowStartMs", s.windowStartMs, -(2n ** 63n), 2n ** 63n - 1n);
  checkInt64("windowEndMs", s.windowEndMs, -(2n ** 63n), 2n ** 63n - 1n);
  if (s.windowEndMs < s.windowStartMs) throw malformed(`windowEndMs ${s.windowEndMs}`, `not before ${s.windowStartMs}`);
  if (!(s.cpuTotalPct >= 0 && s.cpuTotalPct <= 100)) throw malformed(`cpuTotalPct ${s.cpuTotalPct}`, "0 to 100");
  checkInt64("selection", s.selection, 0n, 255n);
  checkInt64("memTotalBytes", s.memTotalBytes, 1n, MAX_U64);
  checkInt64("memUsedBytes", s.memUsedBytes, 0n, BigInt(s.memTotalBytes));
  checkInt64("processTotal", s.processTotal, BigInt(s.processes.length), 0xffff_ffffn);
}

const MAX_U64 = 2n ** 64n - 1n;

/** An integer within its field: what does not fit would go out as another number. */
function checkInt64(name: string, value: Int64, min: bigint, max: bigint): void {
  if ((typeof value === "bigint" || Number.isInteger(value)) && value >= min && value <= max) return;
  throw malformed(`${name} ${value}`, `an integer from ${min} to ${max}`);
}

function writeFixed(view: DataView, s: SnapshotPayload): void {
  new Uint8Array(view.buffer).set(s.snapshotId);
  view.setBigInt64(16, BigInt(s.windowStartMs), true);
  view.setBigInt64(24, BigInt(s.windowEndMs), true);
  view.setFloat32(32, s.cpuTotalPct, true);
  view.setUint8(36, s.selection);
  view.setBigUint64(40, BigInt(s.memUsedBytes), true);
  view.setBigUint64(48, BigInt(s.memTotalBytes), true);
  view.setUint32(56, s.processTotal, true);
  view.setUint32(60, s.processes.length, true);
}

/** What the scratch buffers hold of one snapshot. */
interface Texts {
  readonly nameBytes: number;
  readonly cmdlineBytes: number;
  /** True when every coded length takes one byte. */
  readonly lengthsAreShort: boolean;
}

/** Numbers into `head`; lengths and texts into the scratch buffers. */
function writeProcesses(head: ArrayBuffer, processes: readonly ProcessRow[]): Texts {
  const n = processes.length;
  const pid = new Uint32Array(head, SNAPSHOT_FIXED_BYTES, n);
  const cpuPct = new Float32Array(head, SNAPSHOT_FIXED_BYTES + n * 4, n);
  const rss = new Uint32Array(head, SNAPSHOT_FIXED_BYTES + n * 8, n * 2);
  let nameBytes = 0;
  let cmdlines = "";
  let longest = 0;
  let lastCpu = 100;
  let lastPid = 0;
  for (let i = 0; i < n; i++) {
    const row = processes[i]!;
    pid[i] = row.pid;
    if (pid[i] !== row.pid) throw malformed(`pid ${row.pid} of process ${i}`, "an integer from 0 to 4294967295");
    cpuPct[i] = row.cpuPct;
    // As it goes out: two values may become one when they are rounded to 32 bits.
    const cpu = cpuPct[i]!;
    if (!(cpu >= 0 && cpu <= lastCpu) || (cpu === lastCpu && row.pid < lastPid && i > 0)) throw rankError(row, i);
    lastCpu = cpu;
    lastPid = row.pid;
    writeRss(rss, i, row.rssBytes);
    const { name, cmdline } = row;
    if (nameBytes + name.length * 3 > nameScratch.length) nameScratch = grown(nameScratch, nameBytes, name.length * 3);
    const nameEnd = writeText(nameScratch, nameBytes, name);
    const nameLength = nameEnd - nameBytes;
    nameBytes = nameEnd;
    // spec §4: 0 is no command line, k + 1 is k bytes
    const coded = cmdline === null ? 0 : cmdline.length + 1;
    if (cmdline !== null) cmdlines += cmdline;
    lengthScratch[i] = nameLength;
    shortLengthScratch[i] = nameLength;
    lengthScratch[n + i] = coded;
    shortLengthScratch[n + i] = coded;
    longest = Math.max(longest, nameLength, coded);
  }
  if (cmdlines.length * 3 > cmdlineScratch.length) cmdlineScratch = grown(cmdlineScratch, 0, cmdlines.length * 3);
  const cmdlineBytes = UTF8.encodeInto(cmdlines, cmdlineScratch).written;
  // Lengths were counted in characters, which is right as long as all are ASCII.
  if (cmdlineBytes === cmdlines.length) return { nameBytes, cmdlineBytes, lengthsAreShort: longest < 0x80 };
  return { nameBytes, cmdlineBytes: writeEach(processes), lengthsAreShort: false };
}

/**
 * Command lines that are not ASCII, one by one: half a pair of surrogates at the end of one and the other half at the
 * beginning of the next would be one character of the whole and none of either.
 */
function writeEach(processes: readonly ProcessRow[]): number {
  let at = 0;
  processes.forEach(({ cmdline }, i) => {
    if (cmdline === null) return;
    const { written } = UTF8.encodeInto(cmdline, cmdlineScratch.subarray(at));
    lengthScratch[processes.length + i] = written + 1;
    at += written;
  });
  return at;
}

function growLengths(count: number): void {
  if (count * PROCESS_NUMBER_BYTES > MAX_SNAPSHOT_BYTES * 2) {
    const expected = `at most ${MAX_SNAPSHOT_BYTES} bytes in all`;
    throw new SnapshotError("PAYLOAD_TOO_LARGE", `${count / 2} processes`, expected, { side: "local" });
  }
  lengthScratch = new Uint32Array(count);
  shortLengthScratch = new Uint8Array(count);
}

function rankError(row: ProcessRow, i: number): SnapshotError {
  if (!(row.cpuPct >= 0 && row.cpuPct <= 100)) return malformed(`cpuPct ${row.cpuPct} of process ${i}`, "0 to 100");
  return malformed(
    `process ${i} (pid ${row.pid}, ${row.cpuPct} %) out of rank`,
    "cpuPct descending, then pid ascending",
  );
}

function writeRss(rss: Uint32Array, i: number, value: Int64): void {
  // The usual case without a bigint; what is odd about the rest is looked at below.
  if (typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER && Math.floor(value) === value) {
    rss[i * 2] = value;
    rss[i * 2 + 1] = value / 0x1_0000_0000;
  } else {
    checkInt64("rssBytes", value, 0n, MAX_U64);
    const exact = BigInt(value);
    rss[i * 2] = Number(exact & 0xffff_ffffn);
    rss[i * 2 + 1] = Number(exact >> 32n);
  }
}

/** Writes `text` as UTF-8 at `at` of a buffer that has room for it; says where it ends. */
function writeText(into: Uint8Array, at: number, text: string): number {
  const { length } = text;
  if (length <= SHORT_TEXT) {
    let i = 0;
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) break;
      into[at + i] = unit;
    }
    if (i === length) return at + length;
  }
  return at + UTF8.encodeInto(text, into.subarray(at)).written;
}

/** A larger copy; what is over the bound of a snapshot is refused before it is taken. */
function grown(scratch: Uint8Array, used: number, more: number): Uint8Array<ArrayBuffer> {
  if (used > MAX_SNAPSHOT_BYTES) {
    throw new SnapshotError("PAYLOAD_TOO_LARGE", `over ${used} bytes of text`, `at most ${MAX_SNAPSHOT_BYTES}`, {
      side: "local",
    });
  }
  const larger = new Uint8Array(Math.max(used + more, scratch.length * 2));
  larger.set(scratch.subarray(0, used));
  return larger;
}

function countLengthBytes(count: number): number {
  let bytes = 0;
  for (let i = 0; i < count; i++) bytes += uvarintBytes(lengthScratch[i]!);
  return bytes;
}

function writeLengths(out: Uint8Array, from: number, count: number): void {
  let at = from;
  for (let i = 0; i < count; i++) {
    let rest = lengthScratch[i]!;
    for (; rest >= 0x80; rest >>>= 7) out[at++] = (rest & 0x7f) | 0x80;
    out[at++] = rest;
  }
}

function malformed(found: string, expected: string): SnapshotError {
  return new SnapshotError("PAYLOAD_MALFORMED", found, expected, { side: "local" });
}
