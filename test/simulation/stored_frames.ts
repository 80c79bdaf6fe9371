import { crc32 } from "../../src/core/mod.ts";
import type { Compressor } from "../../src/ports/mod.ts";
import {
  decodeEnvelope,
  decodeSegment,
  FLAG_COMPRESSED,
  FLAG_SEGMENTED,
  FRAME_HEADER_BYTES,
  idKey,
  MAX_FRAME_BYTES,
} from "../../src/protocols/snapshot/mod.ts";

/** One snapshot as it stands in a file, read frame by frame with none of the code that wrote it. */
export interface StoredSnapshot {
  readonly agentId: string;
  readonly snapshotId: Uint8Array;
  /** Of its first frame. */
  readonly messageId: Uint8Array;
  readonly timestampUtcMs: number;
  /** What its agent has sampled. */
  readonly payload: Uint8Array;
  readonly end: number;
}

interface Part {
  readonly index: number;
  readonly count: number;
  readonly slice: Uint8Array;
  readonly snapshotId: Uint8Array | undefined;
}

/** The snapshot whose first frame begins there, if all of it stands there, part after part. */
export function snapshotAt(bytes: Uint8Array, from: number, compressor: Compressor): StoredSnapshot | undefined {
  const first = frameAt(bytes, from);
  if (first === undefined) return undefined;
  const { envelope } = decodeEnvelope(first);
  if (envelope.type !== "snapshot") return undefined;
  const parts: Part[] = [];
  let at = from;
  do {
    const frame = frameAt(bytes, at);
    const part = frame === undefined ? undefined : partOf(frame);
    if (part === undefined || part.index !== parts.length) return undefined;
    if (parts.length > 0 && idKey(part.snapshotId!) !== idKey(parts[0]!.snapshotId!)) return undefined;
    parts.push(part);
    at += frame!.length;
  } while (parts.length < parts[0]!.count);
  const whole = parts.length === 1 ? parts[0]!.slice : Buffer.concat(parts.map(({ slice }) => slice));
  const isCompressed = (envelope.flags & FLAG_COMPRESSED) !== 0;
  const payload = isCompressed ? compressor.decompress(whole, contentBytes(whole)) : whole;
  return {
    agentId: envelope.agentId,
    snapshotId: payload.subarray(0, 16),
    messageId: envelope.messageId,
    timestampUtcMs: Number(envelope.timestampUtcMs),
    payload,
    end: at,
  };
}

function partOf(frame: Uint8Array): Part | undefined {
  const { envelope, payloadAt } = decodeEnvelope(frame);
  if (envelope.type !== "snapshot") return undefined;
  if ((envelope.flags & FLAG_SEGMENTED) === 0) {
    return { index: 0, count: 1, slice: frame.subarray(payloadAt), snapshotId: undefined };
  }
  const { partIndex, partCount, slice, snapshotId } = decodeSegment(frame, payloadAt);
  return { index: partIndex, count: partCount, slice, snapshotId };
}

/** The frame that begins there, if its length and its CRC say that it does (spec §1). */
export function frameAt(bytes: Uint8Array, at: number): Uint8Array | undefined {
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
