/**
 * ZMTP without sockets: the session of one connection, messages in the bytes of a framing, metadata, mechanisms. Most programs want
 * the sockets of `tidewire/zmtp` instead, which stand on this.
 *
 * @module
 */
export { type CurveClientOptions, type CurveServerOptions, curveClient, curveServer } from "./curve_security.ts";
export { encodeMessage } from "./encode_message.ts";
export type { FrameSource, FrameStatus } from "./frame_source.ts";
export type { LegacyLocal, LegacyPeer, LegacyVersions } from "./legacy.ts";
export { legacyVersions } from "./legacy_versions.ts";
export type {
  AuthenticateDecision,
  AuthenticateRequest,
  FailureKind,
  FrameBox,
  Mechanism,
  MechanismContext,
  MechanismName,
  MechanismOutcome,
  OpenedFrame,
} from "./mechanism.ts";
export { decodeMetadata, encodeMetadata } from "./metadata.ts";
export type { Metadata, MetadataProperty } from "./metadata_types.ts";
export { ZmtpSession } from "./session.ts";
export type {
  CurveSecurityOptions,
  EncodedMessage,
  HeartbeatOptions,
  Message,
  PeerInfo,
  SecurityOptions,
  Wire,
  WireFraming,
  ZmtpCommand,
  ZmtpEvent,
  ZmtpLimits,
  ZmtpSessionOptions,
  ZwsProtocol,
} from "./session_types.ts";
export { isSocketType, type SocketType } from "./socket_type.ts";
export { ZMTP_TABLE, type ZmtpAction, type ZmtpState, type ZmtpTrigger } from "./states.ts";
