/** What goes into and comes out of a ZMTP session. */
import type { ProtocolError } from "../../core/mod.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { LegacyVersions } from "./legacy.ts";
import type {
  AuthenticateDecision,
  AuthenticateRequest,
  FailureKind,
  Mechanism,
  MechanismContext,
  MechanismName,
} from "./mechanism.ts";
import type { Metadata } from "./metadata_types.ts";
import type { SocketType } from "./socket_type.ts";

/** One application message: its parts, in order; at least one. */
export type Message = Uint8Array[];

/** The sub-protocols of ZWS 2.0 as a WebSocket's two sides agree on them (zmtp §1.15). */
export type ZwsProtocol = "ZWS2.0" | "ZWS2.0/NULL" | "ZWS2.0/PLAIN" | "ZWS2.0/CURVE";

/** How frames travel: on a stream of bytes, or each as one binary WebSocket message. */
export type Wire = "stream" | ZwsProtocol;

/** Which bytes a message is for its peer: sessions that have the same can share an {@linkcode EncodedMessage}. */
export type WireFraming = "zmtp" | "zmtp1" | "zws";

/** A message in the bytes of one framing: made once by `encodeMessage`, sent by any number of sessions. */
export interface EncodedMessage {
  readonly framing: WireFraming;
  /** In order. On a stream they are written one after the other; with `zws` each is one WebSocket message. Never changed. */
  readonly chunks: readonly Uint8Array[];
  /** Octets of all chunks. */
  readonly bytes: number;
}

/** A message in a chunk that sessions of the framing `zmtp` share: made by `SharedFrames`, whose next message changes the fields. */
export interface SharedStretch {
  /** What is before `end` never changes. */
  readonly chunk: Uint8Array;
  readonly from: number;
  readonly end: number;
}

/** Bounds of what a peer may send; a peer that goes beyond one is disconnected. */
export interface ZmtpLimits {
  /** Octets of one frame's body. */
  readonly maxFrameBytes: number;
  /** Octets of all bodies of one message. */
  readonly maxMessageBytes: number;
  /** Frames of one message. */
  readonly maxMessageFrames: number;
  /** Octets of one command's body, and of any frame before the handshake is done. */
  readonly maxCommandBytes: number;
  /** Octets of a peer's metadata. */
  readonly maxMetadataBytes: number;
}

/** Who a session is to its peer, and whom it lets in. */
export type SecurityOptions =
  | { readonly mechanism: "NULL" }
  | {
      readonly mechanism: "PLAIN";
      readonly role: "client";
      /** 0 to 255 octets each (zmtp §1.6). */
      readonly username: Uint8Array;
      readonly password: Uint8Array;
    }
  | { readonly mechanism: "PLAIN"; readonly role: "server" }
  | CurveSecurityOptions;

/** CURVE, either role: what `curveClient` and `curveServer` give (`curve_security.ts`); keys and primitives are inside. */
export interface CurveSecurityOptions {
  readonly mechanism: "CURVE";
  /** Makes the mechanism of one connection. */
  create(context: MechanismContext, entropy: Entropy): Mechanism;
}

/** Heartbeats that this side sends (zmtp §1.13). Those of the peer are answered in any case. */
export interface HeartbeatOptions {
  /** A PING so often. */
  readonly intervalMs: number;
  /** How long the peer may be silent after a PING. */
  readonly timeoutMs: number;
  /** What the peer may be told to wait for us before it gives up; 0 says nothing. At most 65,500 goes out (trap 3). */
  readonly ttlMs: number;
}

/** What a session is made with. */
export interface ZmtpSessionOptions {
  readonly socketType: SocketType;
  /** 0 to 255 octets; announced by REQ, DEALER and ROUTER (zmtp §1.4). */
  readonly identity: Uint8Array;
  /** Application properties that are announced beside the type: names `X-…`. */
  readonly metadata?: Metadata;
  readonly wire: Wire;
  readonly security: SecurityOptions;
  /** Ask before letting the peer in: an `authenticate` event, answered by a `decide` command (zmtp §1.16). */
  readonly asksWho: boolean;
  readonly limits: ZmtpLimits;
  /** From the first moment to `ready`. */
  readonly handshakeTimeoutMs: number;
  readonly heartbeat?: HeartbeatOptions;
  readonly entropy: Entropy;
  /** Takes peers of 2.0 and 1.0, when the mechanism is NULL and nobody is asked (zmtp §1.14). */
  readonly legacy?: LegacyVersions;
}

/** The peer, from `ready` on. */
export interface PeerInfo {
  /** Nothing where the peer didn't say (zmtp §1.10, trap 8; 1.0; `ZWS2.0`). */
  readonly socketType: SocketType | undefined;
  /** 0 to 255 octets. */
  readonly identity: Uint8Array;
  readonly major: number;
  readonly minor: number;
  readonly mechanism: MechanismName;
  /** All that the peer said of itself, then what the decision added. */
  readonly metadata: Metadata;
  /** As the decision says; empty when nobody was asked. */
  readonly userId: string;
}

/** What the local side wants from a session, besides sending messages. */
export type ZmtpCommand =
  /** Ready only. Goes out in the form that the peer's version has (zmtp §1.9). */
  | { readonly type: "subscribe"; readonly topic: Uint8Array }
  | { readonly type: "cancel"; readonly topic: Uint8Array }
  /** Answers an `authenticate` event. */
  | ({ readonly type: "decide" } & AuthenticateDecision)
  /** The end: nothing more goes in or out; keys are wiped. Output that was not taken stays to be taken. */
  | { readonly type: "close" };

/** What a session tells. */
export type ZmtpEvent =
  /** Answer with `decide`. */
  | { readonly type: "authenticate"; readonly request: AuthenticateRequest }
  /** Messages may go both ways. */
  | { readonly type: "ready"; readonly peer: PeerInfo }
  /** Write what `takeOutput` still gives, then close the transport. Nothing comes after it; messages taken in before stay. */
  | { readonly type: "failed"; readonly error: ProtocolError; readonly kind: FailureKind };
