/** What goes into and comes out of the sessions of the snapshot protocol (spec §6). */
import type { ProtocolError } from "../../core/protocol_error.ts";
import type { Compressor } from "../../ports/compressor.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { DedupeWindow } from "../../sansio/mod.ts";
import type { ErrorName } from "./errors.ts";
import type { Extension, HandshakePayload, HeartbeatPayload, Int64, Version, VersionRange } from "./messages.ts";
import type { MessageType } from "./wire.ts";

/** Who the agent is, as its Handshake says. */
export interface ClientSessionOptions {
  /** 1 to 128 bytes of UTF-8. */
  readonly agentId: string;
  readonly platform: number;
  readonly agentVersion: string;
  readonly hostName: string;
  readonly osRelease: string;
  /** Capability bits without zstd, which follows from `compressor`. */
  readonly capabilities: number;
  readonly entropy: Entropy;
  /** UTC less the clock of `nowMs`: what is sent is stamped with `nowMs + utcOffsetMs`. */
  readonly utcOffsetMs: number;
  /** Without one the agent does not offer zstd. */
  readonly compressor?: Compressor;
  /** Versions it speaks; 1.0 when left out. */
  readonly versions?: VersionRange;
}

/** What the agent's side wants from its session. */
export type ClientCommand =
  /** A transport is open: the session sends its Handshake. */
  | { readonly type: "opened" }
  /** The transport is gone or could not be opened: the session schedules a reconnect. */
  | { readonly type: "lost"; readonly reason: string }
  /**
   * Send one encoded snapshot (`encodeSnapshot`), and again until it is stored or refused. The session keeps a reference
   * to `payload` and does not change it. At most `capacity` of them are taken.
   */
  | { readonly type: "send"; readonly snapshotId: Uint8Array; readonly payload: Uint8Array }
  /** Stop sending a snapshot (the outbox dropped it). */
  | { readonly type: "forget"; readonly snapshotId: Uint8Array }
  /** What the next heartbeats say. */
  | { readonly type: "report"; readonly queuedSnapshots: number; readonly droppedSnapshots: number }
  | ClockCommand
  /** The end: the session asks for the transport to be closed and takes nothing more. */
  | { readonly type: "close" };

/** What an agent's session tells. */
export type ClientEvent =
  /** Open a transport now, then say `opened` or `lost`. */
  | { readonly type: "connect"; readonly attempt: number }
  /** Write what `takeOutput` still gives, then close the transport; say `lost` when that is done (unless it was `close`d). */
  | { readonly type: "disconnect"; readonly reason: string }
  | {
      readonly type: "established";
      readonly version: Version;
      readonly compression: "none" | "zstd";
      readonly heartbeatIntervalMs: number;
      readonly maxUnstoredSnapshots: number;
    }
  /** A snapshot is durable at the server. */
  | { readonly type: "stored"; readonly snapshotId: Uint8Array; readonly wireBytes: number }
  /** A snapshot is given up for good (spec §6.3). */
  | {
      readonly type: "refused";
      readonly snapshotId: Uint8Array;
      readonly errorName: string;
      readonly detail: string;
    }
  /** A frame was sent again because it was not answered in time (spec §6.4). */
  | { readonly type: "resent"; readonly snapshotId: Uint8Array; readonly partIndex: number; readonly attempt: number }
  /** The pace the server asks for; 0 lifts it (spec §6.6). */
  | { readonly type: "throttle"; readonly throttleDelayMs: number; readonly reason: string }
  /** An Error message from the server. */
  | { readonly type: "serverError"; readonly errorName: string; readonly detail: string }
  | UnknownExtensionsEvent
  | ProtocolErrorEvent;

/** What the server's side is set to. Every field has the spec's default. */
export interface ServerSessionOptions {
  readonly entropy: Entropy;
  /** UTC less the clock of `nowMs`: what is sent is stamped with `nowMs + utcOffsetMs`. */
  readonly utcOffsetMs: number;
  readonly platform: number;
  /** With one, zstd is chosen for agents that offer it; without one, compression is never chosen. */
  readonly compressor?: Compressor;
  readonly versions?: VersionRange;
  /** 5,000 when left out. */
  readonly heartbeatIntervalMs?: number;
  readonly targetSnapshotBytes?: number;
  /** 1 to 1,024; 8 when left out. */
  readonly maxUnstoredSnapshots?: number;
  readonly maxSnapshotBytes?: number;
  /** How long a new connection may take for its Handshake; 10,000 when left out. */
  readonly handshakeTimeoutMs?: number;
  readonly maxConsecutiveBadFrames?: number;
}

/** The machine's clock was set: deadlines stay, stamps follow. */
export interface ClockCommand {
  readonly type: "clock";
  readonly utcOffsetMs: number;
}

/** What the server's side wants from a session. */
export type ServerCommand =
  | ClockCommand
  /** Answers a `handshake` event: the agent is let in. `known` are the ids it had stored; the session adds to it. */
  | {
      readonly type: "accept";
      readonly known: DedupeWindow;
      readonly throttleDelayMs: number;
    }
  /** Answers a `handshake` event: Error, then close. */
  | { readonly type: "reject"; readonly errorName: ErrorName; readonly detail: string }
  /** A snapshot is durable: every part of it that came in on this connection is acknowledged as stored. */
  | { readonly type: "stored"; readonly snapshotId: Uint8Array }
  /** A snapshot will never be stored. */
  | { readonly type: "refuse"; readonly snapshotId: Uint8Array; readonly errorName: ErrorName; readonly detail: string }
  /**
   * A snapshot can't be held until it is stored: it stays unanswered, so the agent sends it again. When parts of it were
   * acknowledged as received the connection is closed (STORE_FAILED), because only a reconnect sends those again.
   */
  | { readonly type: "forget"; readonly snapshotId: Uint8Array }
  | { readonly type: "throttle"; readonly throttleDelayMs: number; readonly reason: string }
  /** Error, then close: the server shuts down, another connection took the agent over. */
  | { readonly type: "close"; readonly errorName: ErrorName; readonly detail: string };

/** What a server's session tells. */
export type ServerEvent =
  /** Let in or turned away with `accept` or `reject`; nothing else is read before. */
  | {
      readonly type: "handshake";
      readonly agentId: string;
      readonly version: Version;
      readonly platform: number;
      readonly payload: HandshakePayload;
    }
  /** A snapshot is whole, valid and not known yet: store it, then say `stored`. */
  | {
      readonly type: "snapshot";
      readonly agentId: string;
      readonly snapshotId: Uint8Array;
      /** One frame, or one a part in part order; copies, owned by the receiver of the event. */
      readonly frames: readonly Uint8Array[];
      readonly frameBytes: number;
      readonly windowEndMs: Int64;
      readonly processes: number;
      readonly processTotal: number;
    }
  /** A snapshot that was stored before came in again and was acknowledged. */
  | { readonly type: "duplicate"; readonly snapshotId: Uint8Array }
  /** A snapshot was refused (malformed, conflicting, overflowing, too large); without an id when it could not be read. */
  | { readonly type: "refused"; readonly snapshotId: Uint8Array | undefined; readonly error: ProtocolError }
  | { readonly type: "heartbeat"; readonly payload: HeartbeatPayload }
  | UnknownExtensionsEvent
  | ProtocolErrorEvent
  /** Write what `takeOutput` still gives, then close the transport. Nothing comes after it. */
  | { readonly type: "disconnect"; readonly errorName: ErrorName | undefined; readonly reason: string };

/** Extensions that this version does not know; they were skipped (spec §5). */
export interface UnknownExtensionsEvent {
  readonly type: "unknownExtensions";
  readonly messageType: MessageType;
  readonly extensions: readonly Extension[];
}

/** The peer did something wrong; the session has answered where the protocol has an answer. */
export interface ProtocolErrorEvent {
  readonly type: "protocolError";
  readonly error: ProtocolError;
}
