import { crc32 } from "../../src/core/mod.ts";
import type { Compressor } from "../../src/ports/mod.ts";
import {
  decodeEnvelope,
  decodeSegment,
  FLAG_COMPRESSED,
  FLAG_SEGMENTED,
  FRAME_HEADER_BYTES,
  MAX_FRAME_BYTES,
} from "../../src/protocols/snapshot/mod.ts";
import type { Env } from "./env.ts";
import { type Entry, type Ledger, name } from "./ledger.ts";
import type { VirtualFile } from "./virtual_folder.ts";

interface AuditedRecord {
  readonly entry: Entry;
  readonly end: number;
}

/** What is known of one file. */
interface AuditedFile {
  records: AuditedRecord[];
  /** Up to here it was read: whole records, or damage. */
  readTo: number;
  /** Where the first damage begins. */
  damageAt: number;
}

interface Part {
  readonly index: number;
  readonly count: number;
  readonly flags: number;
  readonly slice: Uint8Array;
}

/**
 * Reads what is durable, with none of the store's own code: frame after frame, each record compared byte for byte with
 * what its agent has sampled.
 */
export class StoreAudit {
  readonly #env: Env;
  readonly #ledger: Ledger;
  readonly #compressor: Compressor;
  readonly #files = new Map<VirtualFile, AuditedFile>();

  constructor(env: Env, ledger: Ledger, compressor: Compressor) {
    this.#env = env;
    this.#ledger = ledger;
    this.#compressor = compressor;
  }

  /** All of the file is durable now: reads what has changed. */
  settled(file: VirtualFile): void {
    let audited = this.#files.get(file);
    if (audited === undefined) {
      audited = { records: [], readTo: 0, damageAt: Number.POSITIVE_INFINITY };
      this.#files.set(file, audited);
    }
    const keptTo = Math.min(file.unchangedBytes, file.length);
    while ((audited.records.at(-1)?.end ?? 0) > keptTo) {
      const { entry } = audited.records.pop()!;
      this.#ledger.uncopied(entry, `${file.name} was cut back to ${keptTo} bytes`);
    }
    // What came after damage is found again from the damage on.
    audited.readTo = Math.min(audited.readTo, keptTo);
    const lastEnd = audited.records.at(-1)?.end ?? 0;
    if (audited.damageAt >= lastEnd) {
      audited.damageAt = Number.POSITIVE_INFINITY;
      audited.readTo = lastEnd;
    }
    this.#read(file, audited);
    file.unchangedBytes = file.length;
  }

  /** A file that is no more; retention may do that, nobody else. */
  removed(file: VirtualFile, byRetention: boolean): void {
    for (const { entry } of this.#files.get(file)?.records ?? []) {
      if (byRetention) this.#ledger.retired(entry);
      else this.#ledger.uncopied(entry, `${file.name} is gone`);
    }
    this.#files.delete(file);
  }

  /** Whether a new record may be put at the end: nothing but whole records stands before it. */
  isWhole(file: VirtualFile): boolean {
    const audited = this.#files.get(file);
    return file.length === 0 || (audited?.readTo === file.length && audited.damageAt > file.length);
  }

  #read(file: VirtualFile, audited: AuditedFile): void {
    let at = audited.readTo;
    while (at < file.length) {
      const end = this.#readRecord(file, audited, at);
      if (end !== undefined) {
        at = end;
        continue;
      }
      const next = this.#nextFrame(file.bytes, at + 1);
      // Damage up to the end is a torn tail: it stands until somebody cuts it back or puts more behind it.
      if (next === undefined) break;
      audited.damageAt = Math.min(audited.damageAt, at);
      at = next;
    }
    audited.readTo = at;
  }

  /** The end of the record that begins there; nothing when there is none. */
  #readRecord(file: VirtualFile, audited: AuditedFile, from: number): number | undefined {
    const parts: Part[] = [];
    let entry: Entry | undefined;
    let at = from;
    do {
      const frame = frameAt(file.bytes, at);
      if (frame === undefined) return undefined;
      const { envelope, payloadAt } = decodeEnvelope(frame);
      const payload = frame.subarray(payloadAt);
      const part = partOf(frame, payloadAt, envelope.flags, payload);
      const id = part.snapshotId ?? this.#open(payload, envelope.flags).subarray(0, 16);
      const found = this.#ledger.find(id);
      if (found === undefined || found.agentId !== envelope.agentId) {
        this.#env.violate("what is stored was sent", `${file.name} at ${at} holds a snapshot that no agent has sent`);
        return undefined;
      }
      if (part.index !== parts.length || (entry !== undefined && entry !== found)) return undefined;
      entry = found;
      parts.push(part);
      at += frame.length;
    } while (parts.length < parts[0]!.count);
    this.#check(file, entry, parts);
    audited.records.push({ entry, end: at });
    this.#ledger.copied(entry, `${file.name} at ${from}`);
    return at;
  }

  #check(file: VirtualFile, entry: Entry, parts: readonly Part[]): void {
    const whole = parts.length === 1 ? parts[0]!.slice : Buffer.concat(parts.map(({ slice }) => slice));
    const payload = this.#open(whole, parts[0]!.flags);
    if (Buffer.compare(payload, entry.payload) !== 0) {
      this.#env.violate("what is stored was sent", `${name(entry)} in ${file.name} is not what its agent sampled`);
    }
  }

  #open(payload: Uint8Array, flags: number): Uint8Array {
    if ((flags & FLAG_COMPRESSED) === 0) return payload;
    return this.#compressor.decompress(payload, contentBytes(payload));
  }

  #nextFrame(bytes: Uint8Array, from: number): number | undefined {
    for (let at = from; at + FRAME_HEADER_BYTES < bytes.length; at++) {
      if (frameAt(bytes, at) !== undefined) return at;
    }
    return undefined;
  }
}

function partOf(
  frame: Uint8Array,
  payloadAt: number,
  flags: number,
  payload: Uint8Array,
): Part & { readonly snapshotId: Uint8Array | undefined } {
  if ((flags & FLAG_SEGMENTED) === 0) {
    const snapshotId = (flags & FLAG_COMPRESSED) === 0 ? payload.subarray(0, 16) : undefined;
    return { index: 0, count: 1, flags, slice: payload, snapshotId };
  }
  const { partIndex, partCount, slice, snapshotId } = decodeSegment(frame, payloadAt);
  return { index: partIndex, count: partCount, flags, slice, snapshotId };
}

/** The frame that begins there, if its length and its CRC say that it does (spec §1). */
function frameAt(bytes: Uint8Array, at: number): Uint8Array | undefined {
  if (at + FRAME_HEADER_BYTES > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  const end = at + 4 + view.getUint32(0, true);
  if (end > bytes.length || end - at > MAX_FRAME_BYTES || end - at <= FRAME_HEADER_BYTES) return undefined;
  const frame = bytes.subarray(at, end);
  return crc32(frame.subarray(FRAME_HEADER_BYTES)) === view.getUint32(4, true) ? frame : undefined;
}

/** The content size that a zstd frame header states (RFC 8878 §3.1.1.1). */
function contentBytes(frame: Uint8Array): number {
  const descriptor = frame[4]!;
  const isSingle = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const at = 5 + (isSingle ? 0 : 1) + dictionaryBytes;
  const view = new DataView(frame.buffer, frame.byteOffset + at);
  switch (descriptor >> 6) {
    case 0:
      return view.getUint8(0);
    case 1:
      return view.getUint16(0, true) + 256;
    case 2:
      return view.getUint32(0, true);
    default:
      return Number(view.getBigUint64(0, true));
  }
}
