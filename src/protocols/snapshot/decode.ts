/** Frames and messages, decoded (spec §1 to §5). A Snapshot's own content is decoded in `snapshot_columns.ts`. */
import { ByteReader, type FieldSink, type ReadFailure } from "../../core/mod.ts";
import { SnapshotError } from "./errors.ts";
import type {
  AckPayload,
  BackpressurePayload,
  Envelope,
  ErrorPayload,
  Extension,
  HandshakeAckPayload,
  HandshakePayload,
  HeartbeatPayload,
  Segment,
} from "./messages.ts";
import {
  ENVELOPE_FIXED_BYTES,
  FLAG_COMPRESSED,
  FLAG_SEGMENTED,
  FLAGS_CRITICAL,
  FRAME_HEADER_BYTES,
  ID_BYTES,
  MAX_AGENT_ID_BYTES,
  MAX_ERROR_DETAIL_BYTES,
  MAX_SHORT_DETAIL_BYTES,
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

/** A message that is not a Snapshot. */
export type ControlMessage =
  | { readonly type: "handshake"; readonly payload: HandshakePayload }
  | { readonly type: "handshakeAck"; readonly payload: HandshakeAckPayload }
  | { readonly type: "heartbeat"; readonly payload: HeartbeatPayload }
  | { readonly type: "ack"; readonly payload: AckPayload }
  | { readonly type: "backpressure"; readonly payload: BackpressurePayload }
  | { readonly type: "error"; readonly payload: ErrorPayload };

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

/**
 * Decodes the payload of a message that is not a Snapshot (spec §4).
 *
 * @throws SnapshotError PAYLOAD_MALFORMED
 */
export function decodeControl(frame: Uint8Array, decoded: DecodedEnvelope, sink?: FieldSink): ControlMessage {
  const reader = new ByteReader(frame, decoded.payloadAt, frame.length, payloadMalformed, sink);
  reader.open("payload");
  const message = readControl(decoded.envelope.type, reader);
  reader.close();
  return message;
}

function readControl(type: MessageType, r: ByteReader): ControlMessage {
  switch (type) {
    case "handshake":
      return { type, payload: readHandshake(r) };
    case "handshakeAck":
      return { type, payload: readHandshakeAck(r) };
    case "heartbeat":
      return {
        type,
        payload: {
          queuedSnapshots: r.u32("queuedSnapshots"),
          droppedSnapshots: r.u64("droppedSnapshots"),
          extensions: readExtensions(r),
        },
      };
    case "ack":
      return { type, payload: readAck(r) };
    case "backpressure":
      return {
        type,
        payload: {
          throttleDelayMs: r.u32("throttleDelayMs"),
          reason: r.str("reason", MAX_SHORT_DETAIL_BYTES),
          extensions: readExtensions(r),
        },
      };
    case "error":
      return {
        type,
        payload: {
          errorCode: r.u16("errorCode"),
          regardingId: r.take("regardingId", ID_BYTES),
          detail: r.str("detail", MAX_ERROR_DETAIL_BYTES),
          extensions: readExtensions(r),
        },
      };
    case "snapshot":
      throw new SnapshotError("PAYLOAD_MALFORMED", "a snapshot", "a control message", { side: "local" });
  }
}

function readHandshake(r: ByteReader): HandshakePayload {
  return {
    minMajor: r.u8("minMajor"),
    minMinor: r.u8("minMinor"),
    maxMajor: r.u8("maxMajor"),
    maxMinor: r.u8("maxMinor"),
    capabilities: r.u32("capabilities"),
    agentVersion: r.str("agentVersion"),
    hostName: r.str("hostName"),
    osRelease: r.str("osRelease"),
    extensions: readExtensions(r),
  };
}

function readHandshakeAck(r: ByteReader): HandshakeAckPayload {
  const handshakeId = r.take("handshakeId", ID_BYTES);
  const chosenMajor = r.u8("chosenMajor");
  const chosenMinor = r.u8("chosenMinor");
  const compression = r.u8("compression");
  if (compression > 1) throw r.failure(`compression ${compression}`, "0 (none) or 1 (zstd)", r.at - 1);
  r.u8("reserved");
  const heartbeatIntervalMs = r.u32("heartbeatIntervalMs");
  const targetSnapshotBytes = r.u32("targetSnapshotBytes");
  const maxFrameBytes = r.u32("maxFrameBytes");
  const maxUnstoredSnapshots = r.u32("maxUnstoredSnapshots");
  if (maxUnstoredSnapshots < 1 || maxUnstoredSnapshots > 1_024) {
    throw r.failure(`maxUnstoredSnapshots ${maxUnstoredSnapshots}`, "1 to 1,024", r.at - 4);
  }
  const throttleDelayMs = r.u32("throttleDelayMs");
  return {
    handshakeId,
    chosenMajor,
    chosenMinor,
    compression,
    heartbeatIntervalMs,
    targetSnapshotBytes,
    maxFrameBytes,
    maxUnstoredSnapshots,
    throttleDelayMs,
    extensions: readExtensions(r),
  };
}

function readAck(r: ByteReader): AckPayload {
  const ackedId = r.take("ackedId", ID_BYTES);
  const status = r.u8("status");
  if (status > 2) throw r.failure(`status ${status}`, "0 (received), 1 (stored) or 2 (refused)", r.at - 1);
  r.u8("reserved");
  const errorCode = r.u16("errorCode");
  // spec §4: 0 unless refused
  if (status !== 2 && errorCode !== 0) throw r.failure(`errorCode ${errorCode}`, "0 unless refused", r.at - 2);
  return { ackedId, status, errorCode, detail: r.str("detail", MAX_SHORT_DETAIL_BYTES), extensions: readExtensions(r) };
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
