/** The server's real session in a replay: what it stores, refuses and asks for is what the capture shows. */

import { ProtocolError } from "../../core/protocol_error.ts";
import { DedupeWindow } from "../../sansio/mod.ts";
import type { ReaderOptions } from "../definition.ts";
import type { ReplaySide } from "../inspection.ts";
import { decodeEnvelope, decodeSegment } from "./decode.ts";
import { ERROR_CODES, type ErrorName, errorName } from "./errors.ts";
import { idKey } from "./ids.ts";
import type { AckPayload, BackpressurePayload, HandshakeAckPayload } from "./messages.ts";
import { ReplayTrace } from "./replay_trace.ts";
import { ServerSession } from "./server_session.ts";
import { SERVER_TABLE, type ServerState, type ServerTrigger } from "./server_states.ts";
import type { ServerEvent, ServerSessionOptions } from "./session_types.ts";
import { decompressContent } from "./snapshot_content.ts";
import { DEDUPE_WINDOW_IDS, FLAG_COMPRESSED, FLAG_SEGMENTED, MAX_SNAPSHOT_BYTES, PLATFORM_LINUX } from "./wire.ts";

/** Message ids whose answers may still come. */
const MAX_IDS = 65_536;

/** A snapshot that the server has taken in. */
export interface TakenSnapshot {
  readonly snapshotId: Uint8Array;
  /** As `encodeSnapshot` gives it. */
  readonly content: Uint8Array;
  /** The capture's ids of its parts. */
  readonly messageIds: readonly Uint8Array[];
}

/** One connection of the agent after the other; what is known to be stored outlives them. */
export class ReplayServer {
  readonly trace: ReplayTrace<ServerState, ServerTrigger> = new ReplayTrace("server", SERVER_TABLE);
  readonly #options: ReaderOptions;
  readonly #known = new DedupeWindow(DEDUPE_WINDOW_IDS);
  /** Message id → the snapshot that it is a part of. */
  readonly #snapshotOf = new Map<string, Uint8Array>();
  #session: ServerSession;
  /** What HandshakeAck said; the spec's defaults before. */
  #terms: Partial<ServerSessionOptions> = {};

  constructor(options: ReaderOptions, nowMs: number) {
    this.#options = options;
    this.#session = this.#open(nowMs);
  }

  get session(): ServerSession {
    return this.#session;
  }

  get side(): ReplaySide {
    const { state, timers, heldBytes } = this.#session;
    return { side: "server", state, timers, heldBytes };
  }

  /** The agent connects anew. */
  reopen(nowMs: number): void {
    this.#session = this.#open(nowMs);
  }

  /**
   * The terms that the real server gave are this one's from here on: it begins again with them.
   *
   * @param handshake the frame that they answer, the only one that came in so far
   */
  adopt(terms: HandshakeAckPayload, handshake: Uint8Array, nowMs: number): void {
    const { heartbeatIntervalMs, targetSnapshotBytes, maxUnstoredSnapshots } = terms;
    try {
      this.#terms = { heartbeatIntervalMs, targetSnapshotBytes, maxUnstoredSnapshots };
      this.#session = this.#open(nowMs);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // Terms that no server of this kind can have: the agent's side says what it makes of them.
      this.#terms = {};
      this.#session = this.#open(nowMs);
    }
    this.#session.receive(handshake, nowMs);
    while (this.#session.nextEvent() !== undefined);
    this.accept(nowMs);
    this.#session.takeOutput();
    this.trace.take();
  }

  /** Lets the agent in: that it went on shows that the real one did. */
  accept(nowMs: number): void {
    this.#session.command({ type: "accept", known: this.#known, throttleDelayMs: 0 }, nowMs);
  }

  /** Takes note of what a whole snapshot holds. */
  taken(event: ServerEvent & { readonly type: "snapshot" }): TakenSnapshot {
    const { snapshotId, frames } = event;
    const messageIds = frames.map((frame) => decodeEnvelope(frame).envelope.messageId.slice());
    for (const id of messageIds) this.#note(id, snapshotId);
    return { snapshotId, content: this.#contentOf(frames), messageIds };
  }

  /**
   * The capture's answer to a snapshot: the session is told what the real server knew when it gave it.
   *
   * @throws ProtocolError (local) when the state forbids it
   */
  answered({ ackedId, status, errorCode, detail }: AckPayload, nowMs: number): void {
    const snapshotId = this.#snapshotOf.get(idKey(ackedId));
    if (snapshotId === undefined || status === 0) return;
    if (status === 1) {
      this.#session.command({ type: "stored", snapshotId }, nowMs);
      return;
    }
    const name = errorName(errorCode);
    // A number that this version has no name for: that it was refused is all that matters here.
    const known = Object.hasOwn(ERROR_CODES, name) ? (name as ErrorName) : "STORE_FAILED";
    this.#session.command({ type: "refuse", snapshotId, errorName: known, detail }, nowMs);
  }

  /** @throws ProtocolError (local) when the state forbids it */
  throttled({ throttleDelayMs, reason }: BackpressurePayload, nowMs: number): void {
    this.#session.command({ type: "throttle", throttleDelayMs, reason }, nowMs);
  }

  #open(nowMs: number): ServerSession {
    const { compressor } = this.#options;
    const entropy = { fill: (into: Uint8Array): void => void into.fill(2) };
    const zstd = compressor === undefined ? {} : { compressor };
    const options = { entropy, utcOffsetMs: 0, platform: PLATFORM_LINUX, ...zstd, ...this.#terms };
    return new ServerSession(options, nowMs, this.trace);
  }

  #note(messageId: Uint8Array, snapshotId: Uint8Array): void {
    const [oldest] = this.#snapshotOf.keys();
    if (this.#snapshotOf.size === MAX_IDS) this.#snapshotOf.delete(oldest!);
    this.#snapshotOf.set(idKey(messageId), snapshotId);
  }

  /** The session has taken these frames, so they can be read. */
  #contentOf(frames: readonly Uint8Array[]): Uint8Array {
    const { flags } = decodeEnvelope(frames[0]!).envelope;
    const slices = frames.map((frame) => {
      const { payloadAt } = decodeEnvelope(frame);
      return (flags & FLAG_SEGMENTED) === 0 ? frame.subarray(payloadAt) : decodeSegment(frame, payloadAt).slice;
    });
    const packed = new Uint8Array(slices.reduce((sum, slice) => sum + slice.length, 0));
    let at = 0;
    for (const slice of slices) {
      packed.set(slice, at);
      at += slice.length;
    }
    if ((flags & FLAG_COMPRESSED) === 0) return packed;
    return decompressContent(packed, { compressor: this.#options.compressor, maxSnapshotBytes: MAX_SNAPSHOT_BYTES });
  }
}
