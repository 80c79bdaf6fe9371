/** Frames and messages, encoded (spec §1 to §5). A Snapshot's own content is encoded in `encode_snapshot.ts`. */
import { ByteWriter, crc32 } from "../../core/mod.ts";
import type { ControlMessage } from "./decode_control.ts";
import { SnapshotError } from "./errors.ts";
import type { Envelope, Extension, Segment } from "./messages.ts";
import {
  ENVELOPE_FIXED_BYTES,
  FRAME_HEADER_BYTES,
  ID_BYTES,
  MAX_AGENT_ID_BYTES,
  MAX_ERROR_DETAIL_BYTES,
  MAX_FRAME_BYTES,
  MAX_SHORT_DETAIL_BYTES,
  MESSAGE_TYPES,
  SEGMENT_HEADER_BYTES,
} from "./wire.ts";

const UTF8 = new TextEncoder();
/** What `envelopeBytes` can say (spec §2). */
const MAX_ENVELOPE_BYTES = 0xffff;
const CUT_UTF8 = new TextDecoder();

/**
 * One frame: length, CRC, envelope, payload (spec §1, §2).
 *
 * @param payload one or more pieces, put one after another
 * @throws SnapshotError (local) FRAME_MALFORMED for an agent id, a message id or an envelope of the wrong size,
 *   FRAME_TOO_LARGE for a frame over 262,144 bytes
 *
 * @example
 * ```ts
 * import { encodeControl, encodeFrame } from "tidewire/snapshot";
 * const id = new Uint8Array(16).fill(1);
 * const frame = encodeFrame(
 *   { version: { major: 1, minor: 0 }, type: "heartbeat", flags: 0, platform: 2, messageId: id, timestampUtcMs: 0,
 *     agentId: "db-1", extensions: [] },
 *   encodeControl({ type: "heartbeat", payload: { queuedSnapshots: 3, droppedSnapshots: 0, extensions: [] } }),
 * );
 * frame.length; // 57
 * ```
 */
export function encodeFrame(envelope: Envelope, ...payload: readonly Uint8Array[]): Uint8Array {
  const agentId = UTF8.encode(envelope.agentId);
  if (agentId.length < 1 || agentId.length > MAX_AGENT_ID_BYTES) {
    throw local("FRAME_MALFORMED", `an agentId of ${agentId.length} bytes`, "1 to 128");
  }
  if (envelope.messageId.length !== ID_BYTES) {
    throw local("FRAME_MALFORMED", `a messageId of ${envelope.messageId.length} bytes`, "16");
  }
  const extensions = encodeExtensions(envelope.extensions);
  // An agent id of 128 bytes has a length of two.
  const lengthBytes = agentId.length < 0x80 ? 1 : 2;
  const envelopeBytes = ENVELOPE_FIXED_BYTES + lengthBytes + agentId.length + extensions.length;
  if (envelopeBytes > MAX_ENVELOPE_BYTES) {
    throw local("FRAME_MALFORMED", `an envelope of ${envelopeBytes} bytes`, `at most ${MAX_ENVELOPE_BYTES}`);
  }
  let frameBytes = FRAME_HEADER_BYTES + envelopeBytes;
  for (const piece of payload) frameBytes += piece.length;
  if (frameBytes > MAX_FRAME_BYTES) throw local("FRAME_TOO_LARGE", `${frameBytes} bytes`, `at most ${MAX_FRAME_BYTES}`);

  const frame = new Uint8Array(frameBytes);
  const view = new DataView(frame.buffer);
  view.setUint32(0, frameBytes - 4, true);
  frame[8] = envelope.version.major;
  frame[9] = envelope.version.minor;
  frame[10] = MESSAGE_TYPES[envelope.type];
  frame[11] = envelope.flags;
  frame[12] = envelope.platform;
  view.setUint16(14, envelopeBytes, true);
  frame.set(envelope.messageId, 16);
  view.setBigInt64(32, BigInt(envelope.timestampUtcMs), true);
  let at = FRAME_HEADER_BYTES + ENVELOPE_FIXED_BYTES;
  if (lengthBytes === 2) frame[at++] = (agentId.length & 0x7f) | 0x80;
  frame[at++] = lengthBytes === 2 ? agentId.length >>> 7 : agentId.length;
  frame.set(agentId, at);
  frame.set(extensions, at + agentId.length);
  at += agentId.length + extensions.length;
  for (const piece of payload) {
    frame.set(piece, at);
    at += piece.length;
  }
  view.setUint32(4, crc32(frame.subarray(8)), true);
  return frame;
}

/**
 * The payload of a message that is not a Snapshot (spec §4). Texts over their bound are cut at a character.
 *
 * @throws SnapshotError (local) PAYLOAD_MALFORMED when an extension's tags do not rise
 *
 * @example
 * ```ts
 * import { encodeControl } from "tidewire/snapshot";
 * encodeControl({ type: "backpressure", payload: { throttleDelayMs: 500, reason: "queue", extensions: [] } }).length; // 10
 * ```
 */
export function encodeControl(message: ControlMessage): Uint8Array {
  const w = new ByteWriter(MAX_FRAME_BYTES);
  writeControl(message, w);
  w.bytes(encodeExtensions(message.payload.extensions));
  return w.finish();
}

function writeControl(message: ControlMessage, w: ByteWriter): void {
  switch (message.type) {
    case "handshake": {
      const p = message.payload;
      for (const part of [p.minMajor, p.minMinor, p.maxMajor, p.maxMinor]) w.u8(part);
      w.u32(p.capabilities);
      for (const text of [p.agentVersion, p.hostName, p.osRelease]) w.str(text);
      return;
    }
    case "handshakeAck": {
      const p = message.payload;
      w.bytes(p.handshakeId);
      for (const part of [p.chosenMajor, p.chosenMinor, p.compression, 0]) w.u8(part);
      w.u32(p.heartbeatIntervalMs);
      w.u32(p.targetSnapshotBytes);
      w.u32(p.maxFrameBytes);
      w.u32(p.maxUnstoredSnapshots);
      w.u32(p.throttleDelayMs);
      return;
    }
    case "heartbeat":
      w.u32(message.payload.queuedSnapshots);
      w.u64(message.payload.droppedSnapshots);
      return;
    case "ack": {
      const p = message.payload;
      w.bytes(p.ackedId);
      w.u8(p.status);
      w.u8(0);
      w.u16(p.errorCode);
      w.str(cutText(p.detail, MAX_SHORT_DETAIL_BYTES));
      return;
    }
    case "backpressure":
      w.u32(message.payload.throttleDelayMs);
      w.str(cutText(message.payload.reason, MAX_SHORT_DETAIL_BYTES));
      return;
    case "error":
      w.u16(message.payload.errorCode);
      w.bytes(message.payload.regardingId);
      w.str(cutText(message.payload.detail, MAX_ERROR_DETAIL_BYTES));
  }
}

/**
 * A run of extensions (spec §5).
 *
 * @example
 * ```ts
 * import { encodeExtensions } from "tidewire/snapshot";
 * encodeExtensions([{ tag: 70, bytes: Uint8Array.of(1, 2) }]); // Uint8Array [70, 2, 1, 2]
 * ```
 */
export function encodeExtensions(extensions: readonly Extension[]): Uint8Array {
  if (extensions.length === 0) return NOTHING;
  const w = new ByteWriter(MAX_FRAME_BYTES);
  let last: number | bigint = -1;
  for (const { tag, bytes } of extensions) {
    if (tag <= last) throw local("PAYLOAD_MALFORMED", `extension tag ${tag} after ${last}`, "tags that rise strictly");
    last = tag;
    w.uvarint(tag);
    w.uvarint(bytes.length);
    w.bytes(bytes);
  }
  return w.finish();
}

const NOTHING = new Uint8Array(0);

/**
 * The fixed fields before a slice (spec §3).
 *
 * @example
 * ```ts
 * import { encodeSegmentHeader } from "tidewire/snapshot";
 * const snapshotId = new Uint8Array(16);
 * encodeSegmentHeader({ snapshotId, partIndex: 1, partCount: 2, totalBytes: 100, offset: 60 }).length; // 28
 * ```
 */
export function encodeSegmentHeader(segment: Omit<Segment, "slice">): Uint8Array {
  const header = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(segment.snapshotId);
  view.setUint16(16, segment.partIndex, true);
  view.setUint16(18, segment.partCount, true);
  view.setUint32(20, segment.totalBytes, true);
  view.setUint32(24, segment.offset, true);
  return header;
}

/** The longest start of `text` that fits `maxBytes` of UTF-8, cut between characters. */
function cutText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  const bytes = UTF8.encode(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return CUT_UTF8.decode(bytes.subarray(0, end));
}

function local(
  name: "FRAME_MALFORMED" | "FRAME_TOO_LARGE" | "PAYLOAD_MALFORMED",
  found: string,
  expected: string,
): SnapshotError {
  return new SnapshotError(name, found, expected, { side: "local" });
}
