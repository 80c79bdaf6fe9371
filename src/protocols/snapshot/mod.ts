/**
 * The snapshot protocol: messages, their encoding, and the sessions of agent and server.
 *
 * @module
 */
export { ClientSession } from "./client_session.ts";
export { CLIENT_TABLE, type ClientAction, type ClientState, type ClientTrigger } from "./client_states.ts";
export { checkEnvelope, type DecodedEnvelope, decodeEnvelope, decodeSegment } from "./decode.ts";
export { type ControlMessage, decodeControl } from "./decode_control.ts";
export { decodeSnapshotColumns } from "./decode_snapshot.ts";
export { encodeControl, encodeExtensions, encodeFrame, encodeSegmentHeader } from "./encode.ts";
export { encodeSnapshot } from "./encode_snapshot.ts";
export { type CaptureErrorName, ERROR_CODES, type ErrorName, errorName, SnapshotError } from "./errors.ts";
export { IdSource, idHex, idKey } from "./ids.ts";
export type {
  AckPayload,
  BackpressurePayload,
  Envelope,
  ErrorPayload,
  Extension,
  HandshakeAckPayload,
  HandshakePayload,
  HeartbeatPayload,
  Int64,
  ProcessRow,
  Segment,
  SnapshotPayload,
  Version,
  VersionRange,
} from "./messages.ts";
export { CommandLineRedactor } from "./redact.ts";
export { createReplay } from "./replay.ts";
export { ServerSession } from "./server_session.ts";
export { SERVER_TABLE, type ServerAction, type ServerState, type ServerTrigger } from "./server_states.ts";
export type {
  ClientCommand,
  ClientEvent,
  ClientSessionOptions,
  ClockCommand,
  ProtocolErrorEvent,
  ServerCommand,
  ServerEvent,
  ServerSessionOptions,
  UnknownExtensionsEvent,
} from "./session_types.ts";
export { rssBytes, SnapshotColumns } from "./snapshot_columns.ts";
export { type ContentOptions, openSnapshot } from "./snapshot_content.ts";
export { processRows, snapshotPayload } from "./snapshot_rows.ts";
export { chooseVersion } from "./version.ts";
export * from "./wire.ts";
