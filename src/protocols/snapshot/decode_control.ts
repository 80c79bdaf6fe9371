/** The payloads of messages that are not Snapshots, decoded (spec §4). */
import { ByteReader, type FieldSink } from "../../core/mod.ts";
import { type DecodedEnvelope, payloadMalformed, readExtensions } from "./decode.ts";
import { SnapshotError } from "./errors.ts";
import type {
  AckPayload,
  BackpressurePayload,
  ErrorPayload,
  HandshakeAckPayload,
  HandshakePayload,
  HeartbeatPayload,
} from "./messages.ts";
import { ID_BYTES, MAX_ERROR_DETAIL_BYTES, MAX_SHORT_DETAIL_BYTES, type MessageType } from "./wire.ts";

/** A message that is not a Snapshot. */
export type ControlMessage =
  | { readonly type: "handshake"; readonly payload: HandshakePayload }
  | { readonly type: "handshakeAck"; readonly payload: HandshakeAckPayload }
  | { readonly type: "heartbeat"; readonly payload: HeartbeatPayload }
  | { readonly type: "ack"; readonly payload: AckPayload }
  | { readonly type: "backpressure"; readonly payload: BackpressurePayload }
  | { readonly type: "error"; readonly payload: ErrorPayload };

/**
 * Decodes the payload of a message that is not a Snapshot (spec §4).
 *
 * @throws SnapshotError PAYLOAD_MALFORMED
 *
 * @example
 * ```ts
 * import { decodeControl, decodeEnvelope, encodeControl, encodeFrame } from "tidewire/snapshot";
 * const id = new Uint8Array(16).fill(1);
 * const frame = encodeFrame(
 *   { version: { major: 1, minor: 0 }, type: "heartbeat", flags: 0, platform: 2, messageId: id, timestampUtcMs: 0,
 *     agentId: "db-1", extensions: [] },
 *   encodeControl({ type: "heartbeat", payload: { queuedSnapshots: 3, droppedSnapshots: 0, extensions: [] } }),
 * );
 * decodeControl(frame, decodeEnvelope(frame)).payload; // { queuedSnapshots: 3, … }
 * ```
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
