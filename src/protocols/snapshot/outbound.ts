/** What a session has to write: frames under its own envelope, in order. */
import type { ControlMessage } from "./decode_control.ts";
import { encodeControl, encodeFrame } from "./encode.ts";
import type { IdSource } from "./ids.ts";
import type { Envelope, Version } from "./messages.ts";

/** Who a side is in the envelopes that it sends. */
export interface OutboundIdentity {
  version: Version;
  agentId: string;
  readonly platform: number;
}

/** Encodes the messages of one side and keeps them until the host takes them. */
export class Outbound {
  readonly identity: OutboundIdentity;
  readonly #ids: IdSource;
  #utcOffsetMs: number;
  #frames: Uint8Array[] = [];

  constructor(identity: OutboundIdentity, ids: IdSource, utcOffsetMs: number) {
    this.identity = identity;
    this.#ids = ids;
    this.#utcOffsetMs = utcOffsetMs;
  }

  /** True while the host has not taken what was written before. */
  get isPending(): boolean {
    return this.#frames.length > 0;
  }

  setUtcOffset(utcOffsetMs: number): void {
    this.#utcOffsetMs = utcOffsetMs;
  }

  utcMs(nowMs: number): number {
    return Math.round(nowMs + this.#utcOffsetMs);
  }

  /** An envelope of this side; `messageId` and `timestampUtcMs` are new unless a retry brings its own (spec §2). */
  envelope(type: Envelope["type"], flags: number, timestampUtcMs: number): Envelope {
    const { version, agentId, platform } = this.identity;
    return { version, type, flags, platform, messageId: this.#ids.next(), timestampUtcMs, agentId, extensions: [] };
  }

  /** Sends a message that is not a Snapshot; gives the id that it went out under. */
  send(message: ControlMessage, nowMs: number): Uint8Array {
    const envelope = this.envelope(message.type, 0, this.utcMs(nowMs));
    this.#frames.push(encodeFrame(envelope, encodeControl(message)));
    return envelope.messageId;
  }

  /** Sends a frame that was encoded before. */
  sendFrame(frame: Uint8Array): void {
    this.#frames.push(frame);
  }

  take(): Uint8Array[] {
    if (this.#frames.length === 0) return NONE;
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }

  /** Lets go of what was not taken: the transport that it was meant for is gone. */
  clear(): void {
    this.#frames = [];
  }
}

const NONE: Uint8Array[] = [];
