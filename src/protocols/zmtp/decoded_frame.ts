/** What one frame of a direction means. */
import type { Greeting } from "./greeting.ts";
import type { Metadata } from "./metadata_types.ts";
import type { Message } from "./session_types.ts";

/** A box that only its two ends can open: CURVE's (zmtp §1.7, §1.8). */
export interface SealedBox {
  /** The counted nonce, or the random octets of WELCOME's. */
  readonly nonce: bigint | Uint8Array;
  readonly boxBytes: number;
}

/** A subscription: as a command, or as a message of a subscriber (zmtp §1.9). */
export interface Subscription {
  readonly type: "subscribe" | "cancel";
  readonly form: "command" | "message";
  readonly topic: Uint8Array;
}

/** One frame of a message. */
export interface MessagePart {
  readonly type: "message";
  /** From 0. */
  readonly partIndex: number;
  readonly isMore: boolean;
  readonly body: Uint8Array;
  /** Octets of all bodies of the message so far. */
  readonly messageBytes: number;
  /** All parts, with the last one; only where parts are kept. */
  readonly message: Message | undefined;
}

/** Whatever a frame can be. */
export type DecodedFrame =
  | { readonly type: "greeting"; readonly greeting: Greeting; readonly asServer: number }
  | { readonly type: "ready" | "initiate"; readonly metadata: Metadata }
  | { readonly type: "hello"; readonly username: Uint8Array; readonly passwordBytes: number }
  | { readonly type: "welcome" }
  | { readonly type: "hello" | "welcome" | "initiate" | "ready"; readonly box: SealedBox; readonly key?: Uint8Array }
  | { readonly type: "sealed"; readonly box: SealedBox }
  | { readonly type: "error"; readonly reason: string }
  | Subscription
  | { readonly type: "ping"; readonly ttlMs: number; readonly context: Uint8Array }
  | { readonly type: "pong"; readonly context: Uint8Array }
  | { readonly type: "command"; readonly name: string; readonly data: Uint8Array }
  | MessagePart;
