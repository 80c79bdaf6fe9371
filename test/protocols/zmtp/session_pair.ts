import type { AuthenticateDecision } from "../../../src/protocols/zmtp/mechanism.ts";
import { ZmtpSession } from "../../../src/protocols/zmtp/session.ts";
import type { ZmtpEvent, ZmtpLimits, ZmtpSessionOptions } from "../../../src/protocols/zmtp/session_types.ts";

export const LIMITS: ZmtpLimits = {
  maxFrameBytes: 1_000_000,
  maxMessageBytes: 2_000_000,
  maxMessageFrames: 64,
  maxCommandBytes: 4_096,
  maxMetadataBytes: 2_048,
};

/** Options with everything that a test does not care about. */
export function optionsOf(
  options: Partial<ZmtpSessionOptions> & Pick<ZmtpSessionOptions, "socketType">,
): ZmtpSessionOptions {
  return {
    identity: new Uint8Array(0),
    wire: "stream",
    security: { mechanism: "NULL" },
    asksWho: false,
    limits: LIMITS,
    handshakeTimeoutMs: 30_000,
    entropy: { fill: (into) => void into.fill(7) },
    ...options,
  };
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (value: Uint8Array): string => new TextDecoder().decode(value);
export const hex = (value: Uint8Array): string => [...value].map((byte) => byte.toString(16).padStart(2, "0")).join("");
export const unhex = (value: string): Uint8Array =>
  Uint8Array.from((value.replace(/\s/g, "").match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));

/** All output as one run of bytes. */
export function outputOf(session: ZmtpSession): Uint8Array {
  return joined(session.takeOutput());
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Feeds bytes in chunks of at most so many. */
export function feed(session: ZmtpSession, stream: Uint8Array, chunkBytes: number, nowMs = 0): void {
  for (let at = 0; at < stream.length; at += chunkBytes) session.receive(stream.slice(at, at + chunkBytes), nowMs);
}

/** Both sides of one connection. */
export class SessionPair {
  readonly left: ZmtpSession;
  readonly right: ZmtpSession;
  readonly events: { readonly side: "left" | "right"; readonly event: ZmtpEvent }[] = [];
  decision: AuthenticateDecision = { status: 200, text: "", userId: "someone", metadata: [] };

  constructor(left: ZmtpSessionOptions, right: ZmtpSessionOptions) {
    this.left = new ZmtpSession(left, 0);
    this.right = new ZmtpSession(right, 0);
  }

  /** Carries bytes both ways until nothing moves; with WebSockets whole messages. */
  settle(chunkBytes: number = Number.POSITIVE_INFINITY, isWhole = false): this {
    for (let moved = true; moved; ) {
      moved = false;
      for (const [from, to] of [
        [this.left, this.right],
        [this.right, this.left],
      ] as const) {
        const pieces = from.takeOutput();
        if (pieces.length > 0) moved = true;
        if (isWhole) for (const piece of pieces) to.receive(piece.slice(), 0);
        else feed(to, joined(pieces), chunkBytes);
      }
      for (const side of ["left", "right"] as const) {
        for (let event = this[side].nextEvent(); event !== undefined; event = this[side].nextEvent()) {
          this.events.push({ side, event });
          moved = true;
          if (event.type === "authenticate") this[side].command({ type: "decide", ...this.decision }, 0);
        }
      }
    }
    return this;
  }

  told(side: "left" | "right"): string[] {
    return this.events
      .filter((one) => one.side === side)
      .map(({ event }) => (event.type === "failed" ? `${event.kind} ${event.error.code}` : event.type));
  }
}
