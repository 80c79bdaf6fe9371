/** What an agent's session does with snapshots: send in order, send again, take acknowledgements (spec §6.3, §6.4). */
import { retryDelayMs } from "../../sansio/mod.ts";
import { errorName, SnapshotError } from "./errors.ts";
import { idKey } from "./ids.ts";
import type { AckPayload } from "./messages.ts";
import type { Outbound } from "./outbound.ts";
import type { ClientEvent } from "./session_types.ts";
import { type FrameRules, type SnapshotFrame, sameRules, snapshotFrames } from "./snapshot_frames.ts";
import { ACK_TIMEOUT_MS, MAX_SNAPSHOT_BYTES, MAX_UNFINISHED_SNAPSHOTS, RETRY } from "./wire.ts";

/** One frame on its way. */
interface SentFrame extends SnapshotFrame {
  readonly partIndex: number;
  readonly owner: Outstanding;
  /** Resends on this connection. */
  attempt: number;
  /** When it is sent again; infinite once it was acknowledged as received (spec §6.3). */
  dueMs: number;
}

/** A snapshot that is neither stored nor refused. */
interface Outstanding {
  readonly snapshotId: Uint8Array;
  readonly payload: Uint8Array;
  /** When it was sent first, once it was. */
  timestampUtcMs: number | undefined;
  /** The rules that `frames` were made by. */
  rules: FrameRules | undefined;
  frames: readonly SentFrame[];
  /** True once its frames went out on this connection. */
  isOnTheWire: boolean;
}

/** Answers that say nothing about a snapshot but that it did not arrive: it is sent again. */
const TRANSIENT: ReadonlySet<string> = new Set([
  "CRC_MISMATCH",
  "HANDSHAKE_REQUIRED",
  "STORE_FAILED",
  "SHUTTING_DOWN",
  "IDLE_TIMEOUT",
  "AGENT_REPLACED",
  "UNAUTHORIZED",
  "VERSION_UNSUPPORTED",
]);

/** The snapshots of an agent that are not stored, over as many connections as it takes. */
export class SnapshotSender {
  readonly #outbound: Outbound;
  readonly #events: ClientEvent[];
  /** In the order in which they were given (spec §6.4). */
  readonly #outstanding = new Map<string, Outstanding>();
  readonly #byMessageId = new Map<string, SentFrame>();
  /** There while a connection is established. */
  #rules: FrameRules | undefined;
  #maxUnstored = 0;
  /** Snapshots whose frames went out on this connection. */
  #onTheWire = 0;
  /** Not later than the earliest `dueMs`. */
  #nextDueMs: number = Number.POSITIVE_INFINITY;

  constructor(outbound: Outbound, events: ClientEvent[]) {
    this.#outbound = outbound;
    this.#events = events;
  }

  /** How many more snapshots are taken now. */
  get capacity(): number {
    return this.#rules === undefined ? 0 : Math.max(0, this.#maxUnstored - this.#outstanding.size);
  }

  /** Not later than the time of the next resend, or nothing. */
  get nextDueMs(): number | undefined {
    return this.#nextDueMs === Number.POSITIVE_INFINITY ? undefined : this.#nextDueMs;
  }

  /** A connection is established: everything that is not stored goes out again, oldest first (spec §6.4). */
  establish(rules: FrameRules, maxUnstored: number, nowMs: number): void {
    this.#rules = rules;
    this.#maxUnstored = maxUnstored;
    this.#onTheWire = 0;
    for (const outstanding of this.#outstanding.values()) outstanding.isOnTheWire = false;
    this.#fillWindow(nowMs);
  }

  /** The connection is gone. */
  lose(): void {
    this.#rules = undefined;
    this.#nextDueMs = Number.POSITIVE_INFINITY;
  }

  /** True while a snapshot is neither stored nor refused. */
  has(snapshotId: Uint8Array): boolean {
    return this.#outstanding.has(idKey(snapshotId));
  }

  /** Takes a snapshot; the caller has looked at `capacity` and `has`. */
  send(snapshotId: Uint8Array, payload: Uint8Array, nowMs: number): void {
    this.#outstanding.set(idKey(snapshotId), {
      snapshotId,
      payload,
      timestampUtcMs: undefined,
      rules: undefined,
      frames: [],
      isOnTheWire: false,
    });
    this.#fillWindow(nowMs);
  }

  /** Gives a snapshot up without a word. */
  forget(snapshotId: Uint8Array, nowMs: number): void {
    const outstanding = this.#outstanding.get(idKey(snapshotId));
    if (outstanding !== undefined) this.#remove(outstanding, nowMs);
  }

  takeAck(ack: AckPayload, nowMs: number): void {
    const frame = this.#byMessageId.get(idKey(ack.ackedId));
    // The other parts of a snapshot that is done are acknowledged as well; nothing is left to do for them.
    if (frame === undefined) return;
    if (ack.status === 0) frame.dueMs = Number.POSITIVE_INFINITY;
    else if (ack.status === 1) this.#finishStored(frame.owner, nowMs);
    else this.#finishRefused(frame.owner, errorName(ack.errorCode), ack.detail, nowMs);
  }

  /** An Error that names a Snapshot refuses it, unless it says that another try may do. */
  takeError(regardingId: Uint8Array, name: string, detail: string, nowMs: number): void {
    const frame = this.#byMessageId.get(idKey(regardingId));
    if (frame !== undefined && !TRANSIENT.has(name)) this.#finishRefused(frame.owner, name, detail, nowMs);
  }

  /**
   * Sends again what was not answered in time (spec §6.4).
   *
   * @param isBlocked the transport has not taken what was written before: a copy behind it would only make the queue longer
   */
  resendDue(nowMs: number, isBlocked: boolean): void {
    this.#nextDueMs = Number.POSITIVE_INFINITY;
    for (const { isOnTheWire, frames } of this.#outstanding.values()) {
      if (!isOnTheWire) continue;
      for (const frame of frames) {
        if (frame.dueMs <= nowMs) this.#resend(frame, nowMs, isBlocked);
        this.#nextDueMs = Math.min(this.#nextDueMs, frame.dueMs);
      }
    }
  }

  #resend(frame: SentFrame, nowMs: number, isBlocked: boolean): void {
    frame.dueMs = nowMs + retryDelayMs(RETRY, frame.attempt);
    if (isBlocked) return;
    frame.attempt++;
    this.#outbound.sendFrame(frame.bytes);
    const { partIndex, attempt } = frame;
    this.#events.push({ type: "resent", snapshotId: frame.owner.snapshotId, partIndex, attempt });
  }

  /** Sends the next snapshots in line, as many as the window and the server's memory for parts take. */
  #fillWindow(nowMs: number): void {
    const rules = this.#rules;
    if (rules === undefined || this.#onTheWire === this.#outstanding.size) return;
    for (const outstanding of this.#outstanding.values()) {
      if (this.#onTheWire >= this.#maxUnstored) return;
      if (outstanding.isOnTheWire) continue;
      try {
        this.#prepare(outstanding, rules, nowMs);
      } catch (error) {
        if (!(error instanceof SnapshotError)) throw error;
        this.#finishRefused(outstanding, error.errorName, error.message, nowMs);
        continue;
      }
      // The order is kept (spec §6.4): what stands behind waits too.
      if (!this.#fitsReassembly(outstanding)) return;
      this.#sendOut(outstanding, nowMs);
    }
  }

  /**
   * Whether a server can hold the parts of a snapshot beside those that are on their way. Over its bounds (spec §6.7) it
   * refuses the oldest for good: where parts get lost, a sender that goes over them loses snapshots.
   */
  #fitsReassembly({ frames, payload }: Outstanding): boolean {
    if (frames.length < 2) return true;
    let snapshots = 0;
    let bytes = 0;
    for (const other of this.#outstanding.values()) {
      if (!other.isOnTheWire || other.frames.length < 2) continue;
      snapshots++;
      bytes += other.payload.length;
    }
    return snapshots === 0 || (snapshots < MAX_UNFINISHED_SNAPSHOTS && bytes + payload.length <= MAX_SNAPSHOT_BYTES);
  }

  #sendOut(outstanding: Outstanding, nowMs: number): void {
    this.#onTheWire++;
    outstanding.isOnTheWire = true;
    for (const frame of outstanding.frames) {
      frame.attempt = 0;
      frame.dueMs = nowMs + ACK_TIMEOUT_MS;
      this.#outbound.sendFrame(frame.bytes);
    }
    this.#nextDueMs = Math.min(this.#nextDueMs, nowMs + ACK_TIMEOUT_MS);
  }

  /** Frames by the rules of this connection: those of the last one where the rules are the same (spec §6.4: same ids). */
  #prepare(outstanding: Outstanding, rules: FrameRules, nowMs: number): void {
    if (outstanding.rules !== undefined && sameRules(outstanding.rules, rules)) return;
    for (const { messageId } of outstanding.frames) this.#byMessageId.delete(idKey(messageId));
    outstanding.timestampUtcMs ??= this.#outbound.utcMs(nowMs);
    const { payload, snapshotId, timestampUtcMs } = outstanding;
    const frames = snapshotFrames(payload, snapshotId, rules, this.#outbound, timestampUtcMs);
    outstanding.rules = rules;
    outstanding.frames = frames.map((frame, partIndex) => ({
      ...frame,
      partIndex,
      owner: outstanding,
      attempt: 0,
      dueMs: Number.POSITIVE_INFINITY,
    }));
    for (const frame of outstanding.frames) this.#byMessageId.set(idKey(frame.messageId), frame);
  }

  #finishStored(outstanding: Outstanding, nowMs: number): void {
    const wireBytes = outstanding.frames.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#events.push({ type: "stored", snapshotId: outstanding.snapshotId, wireBytes });
    this.#remove(outstanding, nowMs);
  }

  #finishRefused(outstanding: Outstanding, name: string, detail: string, nowMs: number): void {
    this.#events.push({ type: "refused", snapshotId: outstanding.snapshotId, errorName: name, detail });
    this.#remove(outstanding, nowMs);
  }

  #remove(outstanding: Outstanding, nowMs: number): void {
    this.#outstanding.delete(idKey(outstanding.snapshotId));
    for (const { messageId } of outstanding.frames) this.#byMessageId.delete(idKey(messageId));
    if (outstanding.isOnTheWire) this.#onTheWire--;
    if (this.#outstanding.size === 0) this.#nextDueMs = Number.POSITIVE_INFINITY;
    this.#fillWindow(nowMs);
  }
}
