/**
 * What a security mechanism is to a session: NULL, PLAIN and CURVE fit in here. A mechanism knows commands and nothing of
 * greetings, frames or timers; bytes come in and commands and one outcome go out, without a call back.
 */
import type { ProtocolError } from "../../core/mod.ts";
import type { Metadata } from "./metadata_types.ts";

/** The mechanisms as greetings name them (zmtp §1.1). */
export type MechanismName = "NULL" | "PLAIN" | "CURVE";

/** Who wants in, for `authenticate` (zmtp §1.16). Domain and address are the owner's to add: a session knows neither. */
export type AuthenticateRequest =
  | { readonly mechanism: "NULL" }
  /** Octets as they came: 0 to 255 each. */
  | { readonly mechanism: "PLAIN"; readonly username: Uint8Array; readonly password: Uint8Array }
  /** The client's long-term public key, 32 octets, proven by the handshake. */
  | { readonly mechanism: "CURVE"; readonly publicKey: Uint8Array };

/** The answer to {@linkcode AuthenticateRequest} (zmtp §1.16). */
export interface AuthenticateDecision {
  /** 200 lets in; 300 closes without a word (try later), 400 and 500 send ERROR. */
  readonly status: 200 | 300 | 400 | 500;
  /** For logs of this side; not sent. */
  readonly text: string;
  /** Becomes `peer.userId`. */
  readonly userId: string;
  /** Added to `peer.metadata`, behind what the peer said of itself. */
  readonly metadata: Metadata;
}

/**
 * Why a session failed: `protocol` the peer broke the rules, `auth` someone was not let in (by this side or by the peer, whose
 * ERROR said 300, 400 or 500), `timeout` a deadline of handshake or heartbeat passed, `peer-error` the peer sent an ERROR that
 * says something else.
 */
export type FailureKind = "protocol" | "auth" | "timeout" | "peer-error";

/** What a mechanism came to. `ready` and `failed` are final. */
export type MechanismOutcome =
  /** Ask, then call {@linkcode Mechanism.decide}. */
  | { readonly type: "authenticate"; readonly request: AuthenticateRequest }
  /** Both sides are through. `metadata` is the peer's, checked by {@linkcode MechanismContext.checkPeer}. */
  | { readonly type: "ready"; readonly metadata: Metadata; readonly userId: string }
  /** Over. Commands that are still to be taken (an ERROR) are sent before the connection is closed. */
  | { readonly type: "failed"; readonly error: ProtocolError; readonly kind: FailureKind };

/** What the session tells the mechanism that it makes. */
export interface MechanismContext {
  /** This side's properties, encoded (zmtp §1.4), for READY and INITIATE. */
  readonly localMetadata: Uint8Array;
  /** Server side: ask before anyone is let in. Without, everyone is. */
  readonly asksWho: boolean;
  /** Most octets of metadata that are taken. */
  readonly maxMetadataBytes: number;
  /**
   * Called with the peer's metadata before anything is promised to the peer.
   *
   * @throws ProtocolError, side `remote`, when it says a socket type that this side can't talk to, or a bad identity
   */
  checkPeer(metadata: Metadata): void;
}

/** One handshake. No method throws for what the peer did: that is an outcome. */
export interface Mechanism {
  readonly name: MechanismName;
  /** Both greetings are known. */
  start(): void;
  /** The whole body of one command frame of the handshake, name and all. ERROR never gets here: the session takes it. */
  receive(command: Uint8Array): void;
  /**
   * The answer to an `authenticate` outcome, which the session has seen to be outstanding. Commands that came in meanwhile
   * were given to {@linkcode receive}.
   */
  decide(decision: AuthenticateDecision): void;
  /** Bodies of command frames to send, in order. To be drained after each of the calls above, before the outcomes. */
  takeCommands(): Uint8Array[];
  /** To be drained after each of the calls above. */
  takeOutcome(): MechanismOutcome | undefined;
  /** From `ready` on, where traffic is sealed: CURVE's. */
  readonly box: FrameBox | undefined;
  /** The session is over: keys are wiped. May be called twice. */
  close(): void;
}

/** Seals and opens the frames of traffic (zmtp §1.8). Every sealed frame must go out, in the order of the calls. */
export interface FrameBox {
  /**
   * @param flags of the inner frame: bit 0 MORE, bit 1 COMMAND (zmtp §1.8)
   * @returns the body of the outer frame, which goes out with flags 00 or 02 (zmtp §1.10, trap 1); owned by the caller
   */
  seal(flags: number, body: Uint8Array): Uint8Array;
  /**
   * @param body of an outer frame
   * @throws ProtocolError, side `remote`, when it isn't a MESSAGE, is replayed, or its tag does not verify
   */
  open(body: Uint8Array): OpenedFrame;
}

/** What was in the box. */
export interface OpenedFrame {
  /** Bit 0 MORE, bit 1 COMMAND (zmtp §1.8); other bits are cleared. */
  readonly flags: number;
  readonly body: Uint8Array;
}
