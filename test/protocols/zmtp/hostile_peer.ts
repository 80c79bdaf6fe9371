import type { FailureKind } from "../../../src/protocols/zmtp/mechanism.ts";
import { ZmtpSession } from "../../../src/protocols/zmtp/session.ts";
import type {
  Message,
  SecurityOptions,
  ZmtpEvent,
  ZmtpLimits,
  ZmtpSessionOptions,
} from "../../../src/protocols/zmtp/session_types.ts";
import { countingEntropy, metadataOf } from "./curve_pair.ts";

/** Small, so that going beyond one costs a test nothing. */
export const LIMITS: ZmtpLimits = {
  maxFrameBytes: 10_000,
  maxMessageBytes: 20_000,
  maxMessageFrames: 100,
  maxCommandBytes: 1_000,
  maxMetadataBytes: 300,
};

const HANDSHAKE_TIMEOUT_MS = 5_000;
const START_MS = 1_000;

/** Bytes, given as octets, text, hexadecimal digits behind `0x`, or what is made of such. */
export type Octets = Uint8Array | string | number | readonly Octets[];

/** All of it, one behind the other. */
export function octets(...parts: readonly Octets[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(flat));
}

function flat(part: Octets): number[] {
  if (typeof part === "number") return [part];
  if (part instanceof Uint8Array) return [...part];
  if (typeof part !== "string") return part.flatMap(flat);
  if (part.startsWith("0x")) return (part.slice(2).match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  return [...new TextEncoder().encode(part)];
}

/** A greeting of 3.1 (zmtp §1.1). */
export function greeting(mechanism = "NULL"): Uint8Array {
  return octets("0xff0000000000000001", 0x7f, 3, 1, mechanism.padEnd(20, "\0"), new Uint8Array(32));
}

/** A frame with these flags, long or short as its body asks for. */
export function frame(flags: number, ...body: readonly Octets[]): Uint8Array {
  const bytes = octets(...body);
  if (bytes.length < 256) return octets(flags, bytes.length, bytes);
  return octets(flags | 2, [0, 0, 0, 0, 0, 0], bytes.length >> 8, bytes.length & 0xff, bytes);
}

/** A command as a frame: name and data. */
export function command(name: string, ...data: readonly Octets[]): Uint8Array {
  return frame(4, name.length, name, ...data);
}

/** READY of a peer of this type. */
export function ready(socketType = "DEALER", ...more: readonly Octets[]): Uint8Array {
  return command("READY", metadataOf(socketType), ...more);
}

/** A session, what it told, and what is asked of it at the end. */
export class UnderAttack {
  readonly session: ZmtpSession;
  readonly events: ZmtpEvent[] = [];
  readonly messages: Message[] = [];
  nowMs: number = START_MS;

  constructor(overrides: Partial<ZmtpSessionOptions> = {}) {
    this.session = new ZmtpSession(
      {
        socketType: "DEALER",
        identity: new Uint8Array(),
        wire: "stream",
        security: { mechanism: "NULL" } satisfies SecurityOptions,
        asksWho: false,
        limits: LIMITS,
        handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
        entropy: countingEntropy(0x33),
        ...overrides,
      },
      START_MS,
    );
  }

  /** Behind the greeting and READY of a well-behaved peer. */
  static ready(overrides: Partial<ZmtpSessionOptions> = {}, peerType = "DEALER"): UnderAttack {
    const attacked = new UnderAttack(overrides);
    attacked.take(octets(greeting(), ready(peerType)));
    if (attacked.events.at(-1)?.type !== "ready") throw new Error("not ready");
    return attacked;
  }

  /** Feeds bytes in pieces of `chunkBytes`; each piece is given away. */
  take(bytes: Uint8Array, chunkBytes: number = Math.max(1, bytes.length)): this {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      this.session.receive(bytes.slice(at, at + chunkBytes), this.nowMs);
      this.#drain();
    }
    return this;
  }

  /** Lets time pass; the deadline is kept as a host would keep it. */
  wait(ms: number): this {
    this.nowMs += ms;
    const dueMs = this.session.nextTimeoutMs();
    if (dueMs !== undefined && dueMs <= this.nowMs) this.session.onTimeout(this.nowMs);
    this.#drain();
    return this;
  }

  /** The code of the one failure, with its kind unless that is `protocol`; or what there is instead. */
  get failure(): string {
    const failures = this.events.filter((event) => event.type === "failed");
    if (failures.length !== 1) return `${failures.length} failures`;
    const { error, kind }: { error: { code: string; side: string }; kind: FailureKind } = failures[0]!;
    if (error.side !== "remote") return `${error.code} with side ${error.side}`;
    return kind === "protocol" ? error.code : `${error.code} (${kind})`;
  }

  /** What is sent, as one. */
  output(): Uint8Array {
    return octets(...this.session.takeOutput());
  }

  #drain(): void {
    for (let event = this.session.nextEvent(); event !== undefined; event = this.session.nextEvent()) {
      this.events.push(event);
    }
    this.messages.push(...this.session.takeMessages(Number.MAX_SAFE_INTEGER));
  }
}
