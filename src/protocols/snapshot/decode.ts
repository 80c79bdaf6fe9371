/** Frames and messages, decoded (spec §1 to §5). A Snapshot's own content is decoded in `snapshot_columns.ts`. */
import { ByteReader, type FieldSink, type ReadFailure } from "../../core/mod.ts";
import { SnapshotError } from "./errors.ts";
import type { Envelope, Extension, Segment } from "./messages.ts";
import {
  ENVELOPE_FIXED_BYTES,
  FLAG_COMPRESSED,
  FLAG_SEGMENTED,
  FLAGS_CRITICAL,
  FRAME_HEADER_BYTES,
  ID_BYTES,
  MAX_AGENT_ID_BYTES,
  MESSAGE_TYPES,
  type MessageType,
  SEGMENT_HEADER_BYTES,
} from "./wire.ts";

/** The major version that this code reads. */
const MAJOR = 1;

/** A message type by its number on the wire. */
const TYPE_NAMES: readonly (MessageType | undefined)[] = (() => {
  const names: (MessageType | undefined)[] = [];
  for (const [name, code] of Object.entries(MESSAGE_TYPES)) names[code] = name as MessageType;
  return names;
})();

/**
 * Messages that are read whatever major version the envelope names: both sides send the version that they want most
 * before one is chosen (spec §2), and a refusal has to be readable by whom it refuses.
 */
const VERSION_FREE: ReadonlySet<MessageType> = new Set(["handshake", "handshakeAck", "error"]);

/** An envelope and where the payload of its frame begins. */
export interface DecodedEnvelope {
  readonly envelope: Envelope;
  /** Offset of the payload in the frame. */
  readonly payloadAt: number;
}

const frameMalformed: ReadFailure = (found, expected, offset) =>
  new SnapshotError("FRAME_MALFORMED", found, expected, { offset });

/** Makes what is wrong with a payload. */
export const payloadMalformed: ReadFailure = (found, expected, offset) =>
  new SnapshotError("PAYLOAD_MALFORMED", found, expected, { offset });

/**
 * Decodes the envelope of a whole frame whose length and CRC have been checked (spec §2).
 *
 * @throws SnapshotError FRAME_MALFORMED when the structure is broken. What an intact envelope asks for is checked by
 *   `checkEnvelope`, so that a refusal can name the message.
 *
 * @example
 * ```ts
 * import { decodeEnvelope, encodeControl, encodeFrame } from "tidewire/snapshot";
 * const id = new Uint8Array(16).fill(1);
 * const frame = encodeFrame(
 *   { version: { major: 1, minor: 0 }, type: "heartbeat", flags: 0, platform: 2, messageId: id, timestampUtcMs: 0,
 *     agentId: "db-1", extensions: [] },
 *   encodeControl({ type: "heartbeat", payload: { queuedSnapshots: 3, droppedSnapshots: 0, extensions: [] } }),
 * );
 * decodeEnvelope(frame).envelope.agentId; // "db-1"
 * ```
 */
export function decodeEnvelope(frame: Uint8Array, sink?: FieldSink): DecodedEnvelope & { readonly typeCode: number } {
  const reader = new ByteReader(frame, sink === undefined ? FRAME_HEADER_BYTES : 0, frame.length, frameMalformed, sink);
  if (sink !== undefined) {
    reader.u32("length");
    reader.u32("crc");
  }
  reader.open("envelope");
  const version = { major: reader.u8("versionMajor"), minor: reader.u8("versionMinor") };
  const typeCode = reader.u8("messageType");
  const flags = reader.u8("flags");
  const platform = reader.u8("platform");
  reader.u8("reserved"); // spec §2: written as 0; a receiver has no use for it
  const envelopeAt = reader.at;
  const payloadAt = FRAME_HEADER_BYTES + reader.u16("envelopeBytes");
  if (payloadAt > frame.length) {
    throw frameMalformed(
      `${payloadAt - FRAME_HEADER_BYTES} envelope bytes`,
      "an envelope inside the frame",
      envelopeAt,
    );
  }
  const messageId = reader.take("messageId", ID_BYTES);
  const timestampUtcMs = reader.i64("timestampUtcMs");
  const inner = new ByteReader(frame, FRAME_HEADER_BYTES + ENVELOPE_FIXED_BYTES, payloadAt, frameMalformed, sink);
  const agentId = inner.str("agentId", MAX_AGENT_ID_BYTES);
  if (agentId.length === 0) throw frameMalformed("an empty agentId", "1 to 128 bytes", inner.at - 1);
  const extensions = readExtensions(inner);
  inner.close();
  // An unknown type has no name; `checkEnvelope` refuses it before anyone reads this one.
  const type = TYPE_NAMES[typeCode] ?? "error";
  return {
    envelope: { version, type, flags, platform, messageId, timestampUtcMs, agentId, extensions },
    payloadAt,
    typeCode,
  };
}

/**
 * Checks what an envelope asks of its reader (spec §2).
 *
 * @throws SnapshotError UNSUPPORTED_FLAG, UNKNOWN_MESSAGE_TYPE, VERSION_UNSUPPORTED, FRAME_MALFORMED (a payload flag on
 *   a message that is not a Snapshot, spec §3)
 *
 * @example
 * ```ts
 * import { checkEnvelope, decodeEnvelope, encodeControl, encodeFrame } from "tidewire/snapshot";
 * const id = new Uint8Array(16).fill(1);
 * const frame = encodeFrame(
 *   { version: { major: 1, minor: 0 }, type: "heartbeat", flags: 0, platform: 2, messageId: id, timestampUtcMs: 0,
 *     agentId: "db-1", extensions: [] },
 *   encodeControl({ type: "heartbeat", payload: { queuedSnapshots: 3, droppedSnapshots: 0, extensions: [] } }),
 * );
 * checkEnvelope(decodeEnvelope(frame)); // nothing to complain about
 * ```
 */
export function checkEnvelope({
  envelope,
  typeCode,
}: {
  readonly envelope: Envelope;
  readonly typeCode: number;
}): void {
  const { flags, version, type } = envelope;
  if ((flags & FLAGS_CRITICAL) !== 0) {
    throw new SnapshotError("UNSUPPORTED_FLAG", `flags 0x${flags.toString(16)}`, "critical bits 2 and 3 clear", {
      offset: 11,
    });
  }
  if (TYPE_NAMES[typeCode] === undefined) {
    throw new SnapshotError("UNKNOWN_MESSAGE_TYPE", `message type ${typeCode}`, "1 to 7", { offset: 10 });
  }
  if (version.major !== MAJOR && !VERSION_FREE.has(type)) {
    throw new SnapshotError("VERSION_UNSUPPORTED", `version ${version.major}.${version.minor}`, `${MAJOR}.x`, {
      offset: 8,
    });
  }
  if (type !== "snapshot" && (flags & (FLAG_COMPRESSED | FLAG_SEGMENTED)) !== 0) {
    throw frameMalformed(`flags 0x${flags.toString(16)} on ${type}`, "payload flags on a snapshot only", 11);
  }
}

/** Extensions up to the end of the reader: tags rise strictly (spec §5). */
export function readExtensions(reader: ByteReader): readonly Extension[] {
  if (reader.remaining === 0) return NO_EXTENSIONS;
  const extensions: Extension[] = [];
  let last: number | bigint = -1;
  while (reader.remaining > 0) {
    reader.open("extension");
    const at = reader.at;
    const tag = reader.uvarint("tag");
    if (tag <= last) throw reader.failure(`extension tag ${tag} after ${last}`, "tags that rise strictly", at);
    last = tag;
    const length = Number(reader.uvarint("length"));
    extensions.push({ tag, bytes: reader.take("bytes", length) });
    reader.close();
  }
  return extensions;
}

const NO_EXTENSIONS: readonly Extension[] = [];

/**
 * Reads the fixed fields before a slice (spec §3). Whether the parts fit each other is for `Reassembly` to say.
 *
 * @throws SnapshotError PAYLOAD_MALFORMED
 *
 * @example
 * ```ts
 * import { decodeSegment, encodeSegmentHeader } from "tidewire/snapshot";
 * const header = encodeSegmentHeader({
 *   snapshotId: new Uint8Array(16), partIndex: 0, partCount: 2, totalBytes: 100, offset: 0,
 * });
 * const payload = new Uint8Array([...header, ...new Uint8Array(60)]);
 * decodeSegment(payload, 0).slice.length; // 60
 * ```
 */
export function decodeSegment(frame: Uint8Array, payloadAt: number, sink?: FieldSink): Segment {
  const r = new ByteReader(frame, payloadAt, frame.length, payloadMalformed, sink);
  if (r.remaining <= SEGMENT_HEADER_BYTES) {
    throw r.failure(`${r.remaining} bytes`, `${SEGMENT_HEADER_BYTES} bytes and a slice of at least one`, payloadAt);
  }
  r.open("segment");
  const snapshotId = r.take("snapshotId", ID_BYTES);
  const partIndex = r.u16("partIndex");
  const partCount = r.u16("partCount");
  const totalBytes = r.u32("totalBytes");
  const offset = r.u32("offset");
  const slice = r.take("slice", r.remaining);
  r.close();
  if (partCount < 2) throw r.failure(`partCount ${partCount}`, "2 to 65,535", payloadAt + 18);
  if (partIndex >= partCount)
    throw r.failure(`part ${partIndex} of ${partCount}`, "an index below the count", payloadAt + 16);
  if (offset + slice.length > totalBytes) {
    throw r.failure(`a slice up to ${offset + slice.length}`, `one inside ${totalBytes} bytes`, payloadAt + 24);
  }
  return { snapshotId, partIndex, partCount, totalBytes, offset, slice };
}
