/** What a server's session does with Snapshot messages: validate, know again, put together, acknowledge (spec §3, §6). */
import { ProtocolError } from "../../core/protocol_error.ts";
import type { Compressor } from "../../ports/compressor.ts";
import { DedupeWindow } from "../../sansio/mod.ts";
import { type DecodedEnvelope, decodeSegment } from "./decode.ts";
import { ERROR_CODES, type ErrorName, SnapshotError } from "./errors.ts";
import { copyExtensions } from "./extensions.ts";
import { idHex, idKey } from "./ids.ts";
import type { Outbound } from "./outbound.ts";
import { PendingSnapshots } from "./pending_snapshots.ts";
import type { ServerEvent } from "./session_types.ts";
import { type DroppedSnapshot, SnapshotAssembly, type WholeSnapshot } from "./snapshot_assembly.ts";
import type { SnapshotColumns } from "./snapshot_columns.ts";
import { openSnapshot } from "./snapshot_content.ts";
import { FLAG_COMPRESSED, FLAG_SEGMENTED, MAX_UNFINISHED_SNAPSHOTS } from "./wire.ts";

/** Acknowledgement states on the wire (spec §4). */
const RECEIVED = 0;
const STORED = 1;
const REFUSED = 2;

/** What the receiver is set to. */
export interface ReceiverOptions {
  readonly compressor: Compressor | undefined;
  readonly maxSnapshotBytes: number;
  readonly maxUnstoredSnapshots: number;
}

/** The snapshots of one connection, from their frames to their acknowledgements. */
export class SnapshotReceiver {
  readonly #outbound: Outbound;
  readonly #events: ServerEvent[];
  readonly #options: ReceiverOptions;
  readonly #assembly: SnapshotAssembly;
  readonly #pending = new PendingSnapshots();
  #agentId = "";
  #known = new DedupeWindow(1);
  #zstdChosen = false;

  constructor(outbound: Outbound, events: ServerEvent[], options: ReceiverOptions) {
    this.#outbound = outbound;
    this.#events = events;
    this.#options = options;
    this.#assembly = new SnapshotAssembly(options.maxSnapshotBytes);
  }

  get heldBytes(): number {
    return this.#assembly.heldBytes + this.#pending.heldBytes;
  }

  /** The handshake is done. */
  open(agentId: string, known: DedupeWindow, zstdChosen: boolean): void {
    this.#agentId = agentId;
    this.#known = known;
    this.#zstdChosen = zstdChosen;
  }

  /** Takes one Snapshot frame; every fault of its content is answered with an Ack (spec §4). */
  take(frame: Uint8Array, decoded: DecodedEnvelope, nowMs: number): void {
    const { messageId, flags } = decoded.envelope;
    try {
      // spec §3: compressed is allowed only when HandshakeAck chose zstd
      if ((flags & FLAG_COMPRESSED) !== 0 && !this.#zstdChosen) {
        throw new SnapshotError("COMPRESSION_NOT_NEGOTIATED", "a compressed payload", "none on this connection");
      }
      if ((flags & FLAG_SEGMENTED) !== 0) this.#takePart(frame, decoded, nowMs);
      else this.#takeWhole(frame, decoded, nowMs);
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      this.#refuse([messageId], undefined, error, nowMs);
    }
  }

  /** A snapshot is durable: all of it that came in here is answered, and it is known from now on (spec §6.3, §6.5). */
  acknowledgeStored(snapshotId: Uint8Array, nowMs: number): void {
    this.#known.add(snapshotId);
    const pending = this.#pending.remove(snapshotId);
    for (const id of pending?.messageIds.values() ?? []) this.#acknowledge(id, STORED, nowMs);
    // It may have come in whole on another connection while parts of it were gathered here.
    for (const id of this.#assembly.remove(snapshotId)) this.#acknowledge(id, STORED, nowMs);
  }

  /** A snapshot will never be stored: final for all of it that came in here (spec §6.3). */
  acknowledgeRefused(snapshotId: Uint8Array, errorName: ErrorName, detail: string, nowMs: number): void {
    const pending = this.#pending.remove(snapshotId);
    const ids = [...(pending?.messageIds.values() ?? []), ...this.#assembly.remove(snapshotId)];
    for (const id of ids) this.#acknowledge(id, REFUSED, nowMs, errorName, detail);
  }

  /** Lets go of a snapshot without an answer. True when only a reconnect can bring all of it again. */
  forget(snapshotId: Uint8Array): boolean {
    return this.#pending.remove(snapshotId)?.wasAcknowledged ?? false;
  }

  /** The connection is over. */
  close(): void {
    this.#assembly.clear();
    this.#pending.clear();
  }

  #takeWhole(frame: Uint8Array, decoded: DecodedEnvelope, nowMs: number): void {
    const { messageId, flags } = decoded.envelope;
    const columns = openSnapshot(frame.subarray(decoded.payloadAt), {
      compressed: (flags & FLAG_COMPRESSED) !== 0,
      compressor: this.#options.compressor,
      maxSnapshotBytes: this.#options.maxSnapshotBytes,
    });
    if (this.#answerKnown(columns.snapshotId, messageId, nowMs)) return;
    if (!this.#hasRoom()) return;
    this.#tell(columns, [frame.slice()], [messageId.slice()], false);
  }

  #takePart(frame: Uint8Array, decoded: DecodedEnvelope, nowMs: number): void {
    const segment = decodeSegment(frame, decoded.payloadAt);
    const { messageId, flags } = decoded.envelope;
    if (this.#answerKnown(segment.snapshotId, messageId, nowMs)) return;
    if (!this.#hasRoom()) return;
    const dropped: DroppedSnapshot[] = [];
    const outcome = this.#assembly.take(segment, flags, messageId, frame, dropped);
    for (const { snapshotId, messageIds } of dropped) {
      this.#refuse(messageIds, snapshotId, overflow(this.#options.maxSnapshotBytes), nowMs);
    }
    // spec §6.3: received while the snapshot is not whole; the part that completes it waits for the store
    if (outcome.type === "received") this.#acknowledge(messageId, RECEIVED, nowMs);
    if (outcome.type === "whole") this.#takeAssembled(outcome.whole, nowMs);
  }

  #takeAssembled(whole: WholeSnapshot, nowMs: number): void {
    try {
      const columns = openSnapshot(whole.content, {
        compressed: whole.compressed,
        compressor: this.#options.compressor,
        maxSnapshotBytes: this.#options.maxSnapshotBytes,
      });
      checkSnapshotId(columns.snapshotId, whole.snapshotId);
      this.#tell(columns, whole.frames, whole.messageIds, true);
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      this.#refuse(whole.messageIds, whole.snapshotId, error, nowMs);
    }
  }

  /** True when a snapshot needs nothing more: it is stored, and said so, or it waits for the store already. */
  #answerKnown(snapshotId: Uint8Array, messageId: Uint8Array, nowMs: number): boolean {
    const pending = this.#pending.get(snapshotId);
    if (pending !== undefined) {
      // A resend of what waits for the store is answered with it. That comes first: where servers share a store, one may
      // learn from it that a snapshot is stored before its own append says so, and an agent that heard it here would
      // send more than this side counts as answered.
      this.#pending.addMessage(pending, messageId);
      return true;
    }
    // spec §6.5: a known one is answered with stored at once
    if (!this.#known.has(snapshotId)) return false;
    this.#acknowledge(messageId, STORED, nowMs);
    this.#events.push({ type: "duplicate", snapshotId: snapshotId.slice() });
    return true;
  }

  /** spec §4: no more snapshots than HandshakeAck allowed; what is over stays unanswered, so it comes again. */
  #hasRoom(): boolean {
    const { maxUnstoredSnapshots } = this.#options;
    if (this.#pending.size < maxUnstoredSnapshots) return true;
    const error = new ProtocolError({
      code: "snapshot/window-exceeded",
      side: "remote",
      found: `more than ${maxUnstoredSnapshots} snapshots that are not stored`,
      expected: "at most what HandshakeAck allowed",
    });
    this.#events.push({ type: "protocolError", error });
    return false;
  }

  #tell(
    columns: SnapshotColumns,
    frames: readonly Uint8Array[],
    messageIds: readonly Uint8Array[],
    wasAcknowledged: boolean,
  ): void {
    const snapshotId = columns.snapshotId.slice();
    this.#pending.add(snapshotId, messageIds, wasAcknowledged);
    if (columns.extensions.length > 0) {
      const extensions = copyExtensions(columns.extensions);
      this.#events.push({ type: "unknownExtensions", messageType: "snapshot", extensions });
    }
    this.#events.push({
      type: "snapshot",
      agentId: this.#agentId,
      snapshotId,
      frames,
      frameBytes: frames.reduce((sum, { length }) => sum + length, 0),
      windowEndMs: columns.windowEndMs,
      processes: columns.count,
      processTotal: columns.processTotal,
    });
  }

  #refuse(
    messageIds: readonly Uint8Array[],
    snapshotId: Uint8Array | undefined,
    error: SnapshotError,
    nowMs: number,
  ): void {
    const errorName = error.errorName as ErrorName;
    for (const id of messageIds) this.#acknowledge(id, REFUSED, nowMs, errorName, error.message);
    this.#events.push({ type: "refused", snapshotId, error });
  }

  #acknowledge(ackedId: Uint8Array, status: number, nowMs: number, errorName?: ErrorName, detail = ""): void {
    const errorCode = errorName === undefined ? 0 : ERROR_CODES[errorName];
    this.#outbound.send({ type: "ack", payload: { ackedId, status, errorCode, detail, extensions: [] } }, nowMs);
  }
}

/**
 * The part that each slice says it belongs to is the snapshot that they make (spec §3).
 *
 * @throws SnapshotError PAYLOAD_MALFORMED
 */
export function checkSnapshotId(found: Uint8Array, expected: Uint8Array): void {
  if (idKey(found) === idKey(expected)) return;
  throw new SnapshotError("PAYLOAD_MALFORMED", `snapshot ${idHex(found)}`, `${idHex(expected)}, as its parts say`, {
    offset: 0,
  });
}

function overflow(maxSnapshotBytes: number): SnapshotError {
  return new SnapshotError(
    "REASSEMBLY_OVERFLOW",
    "more unfinished snapshots than are held",
    `at most ${MAX_UNFINISHED_SNAPSHOTS} and ${maxSnapshotBytes} bytes`,
  );
}
