/** Frames as values, and values as frames, for tests that look at the wire. */
import { FrameScanner } from "../../../src/core/mod.ts";
import {
  type AckPayload,
  type ControlMessage,
  decodeControl,
  decodeEnvelope,
  decodeSegment,
  type Envelope,
  type ErrorPayload,
  encodeControl,
  encodeFrame,
  encodeSegmentHeader,
  encodeSnapshot,
  errorName,
  FLAG_COMPRESSED,
  FLAG_SEGMENTED,
  idHex,
  type Segment,
  SNAPSHOT_FRAMING,
  type SnapshotPayload,
} from "../../../src/protocols/snapshot/mod.ts";

export type WireMessage =
  | { readonly envelope: Envelope; readonly type: "snapshot"; readonly segment: Segment | undefined }
  | ({ readonly envelope: Envelope } & ControlMessage);

export function messageOf(frame: Uint8Array): WireMessage {
  const decoded = decodeEnvelope(frame);
  const { envelope, payloadAt } = decoded;
  if (envelope.type !== "snapshot") return { envelope, ...decodeControl(frame, decoded) };
  const isPart = (envelope.flags & FLAG_SEGMENTED) !== 0;
  return { envelope, type: "snapshot", segment: isPart ? decodeSegment(frame, payloadAt) : undefined };
}

/** The messages of some chunks that hold whole frames. */
export function messagesOf(chunks: readonly Uint8Array[]): WireMessage[] {
  const scanner = new FrameScanner(SNAPSHOT_FRAMING);
  return chunks.flatMap((chunk) => {
    const found: WireMessage[] = [];
    scanner.push(chunk);
    for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) found.push(messageOf(frame.bytes));
    return found;
  });
}

/** Acks and Errors in short: `stored 0101…`, `refused SEGMENT_CONFLICT 0202…`, `error CRC_MISMATCH 0000…`. */
export function answersOf(chunks: readonly Uint8Array[]): string[] {
  return messagesOf(chunks).flatMap((message) => {
    if (message.type === "ack") return [ackText(message.payload)];
    if (message.type === "error") return [errorText(message.payload)];
    return [];
  });
}

function ackText({ ackedId, status, errorCode }: AckPayload): string {
  const name = ["received", "stored", `refused ${errorName(errorCode)}`][status];
  return `${name} ${idHex(ackedId.subarray(0, 1))}`;
}

function errorText({ errorCode, regardingId }: ErrorPayload): string {
  return `error ${errorName(errorCode)} ${idHex(regardingId.subarray(0, 1))}`;
}

/** An id whose bytes are all the same. */
export function id(byte: number): Uint8Array {
  return new Uint8Array(16).fill(byte);
}

export function envelope(type: Envelope["type"], messageId: number, more: Partial<Envelope> = {}): Envelope {
  return {
    version: { major: 1, minor: 0 },
    type,
    flags: 0,
    platform: 2,
    messageId: id(messageId),
    timestampUtcMs: 1_767_225_600_000,
    agentId: "agent-01",
    extensions: [],
    ...more,
  };
}

export function controlFrame(message: ControlMessage, messageId = 1, more: Partial<Envelope> = {}): Uint8Array {
  return encodeFrame(envelope(message.type, messageId, more), encodeControl(message));
}

export function heartbeatFrame(messageId = 1, more: Partial<Envelope> = {}): Uint8Array {
  const payload = { queuedSnapshots: 0, droppedSnapshots: 0, extensions: [] };
  return controlFrame({ type: "heartbeat", payload }, messageId, more);
}

export function handshakeMessage(
  more: Partial<Extract<ControlMessage, { type: "handshake" }>["payload"]> = {},
): ControlMessage {
  return {
    type: "handshake",
    payload: {
      minMajor: 1,
      minMinor: 0,
      maxMajor: 1,
      maxMinor: 0,
      capabilities: 0,
      agentVersion: "1",
      hostName: "h",
      osRelease: "o",
      extensions: [],
      ...more,
    },
  };
}

export function handshakeAckMessage(
  handshakeId: Uint8Array,
  more: Partial<Extract<ControlMessage, { type: "handshakeAck" }>["payload"]> = {},
): ControlMessage {
  return {
    type: "handshakeAck",
    payload: {
      handshakeId,
      chosenMajor: 1,
      chosenMinor: 0,
      compression: 0,
      heartbeatIntervalMs: 5_000,
      targetSnapshotBytes: 65_536,
      maxFrameBytes: 262_144,
      maxUnstoredSnapshots: 8,
      throttleDelayMs: 0,
      extensions: [],
      ...more,
    },
  };
}

export function snapshotOf(
  snapshotId: Uint8Array,
  processes = 1,
  more: Partial<SnapshotPayload> = {},
): SnapshotPayload {
  return {
    snapshotId,
    windowStartMs: 1_000,
    windowEndMs: 2_000,
    cpuTotalPct: 10,
    selection: 0,
    memUsedBytes: 1_000,
    memTotalBytes: 2_000,
    processTotal: processes,
    processes: Array.from({ length: processes }, (_, i) => ({
      pid: i + 1,
      name: `process-${i}`,
      cpuPct: 1,
      rssBytes: i * 4_096,
      cmdline: null,
    })),
    extensions: [],
    ...more,
  };
}

export function snapshotFrame(snapshotId: Uint8Array, messageId: number, more: Partial<Envelope> = {}): Uint8Array {
  return encodeFrame(envelope("snapshot", messageId, more), encodeSnapshot(snapshotOf(snapshotId)));
}

/** Parts of a snapshot; message ids count up from `firstMessageId`. */
export function partFrames(
  snapshotId: Uint8Array,
  content: Uint8Array,
  partCount: number,
  firstMessageId: number,
  more: Partial<Envelope> & { readonly compressed?: boolean } = {},
): Uint8Array[] {
  const { compressed, ...rest } = more;
  const partBytes = Math.ceil(content.length / partCount);
  return Array.from({ length: partCount }, (_, partIndex) => {
    const offset = partIndex * partBytes;
    const header = encodeSegmentHeader({ snapshotId, partIndex, partCount, totalBytes: content.length, offset });
    const flags = FLAG_SEGMENTED | (compressed === true ? FLAG_COMPRESSED : 0);
    const slice = content.subarray(offset, offset + partBytes);
    return encodeFrame(envelope("snapshot", firstMessageId + partIndex, { flags, ...rest }), header, slice);
  });
}

/** A frame with one bit of its body flipped. */
export function corrupted(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  copy[copy.length - 1]! ^= 1;
  return copy;
}

export function joined(...chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** A part of snapshot 1 with a header as given, right or wrong: 0 of 3 of 300 bytes when left out. */
export function partFrame(
  fields: Partial<Parameters<typeof encodeSegmentHeader>[0]>,
  slice: Uint8Array,
  messageId = 0x70,
  flags: number = FLAG_SEGMENTED,
): Uint8Array {
  const header = { snapshotId: id(1), partIndex: 0, partCount: 3, totalBytes: 300, offset: 0, ...fields };
  return encodeFrame(envelope("snapshot", messageId, { flags }), encodeSegmentHeader(header), slice);
}
