/** What stands in a spool's files: Snapshot frames as an agent would send them, and Ack frames that say what became of them. */
import { planSegments, segmentAt } from "../core/mod.ts";
import type { Entropy } from "../ports/entropy.ts";
import { encodeControl, encodeFrame, encodeSegmentHeader } from "../protocols/snapshot/encode.ts";
import { ERROR_CODES, type ErrorName } from "../protocols/snapshot/errors.ts";
import type { Envelope } from "../protocols/snapshot/messages.ts";
import { DEFAULT_VERSIONS } from "../protocols/snapshot/version.ts";
import {
  ENVELOPE_FIXED_BYTES,
  FLAG_SEGMENTED,
  FRAME_HEADER_BYTES,
  ID_BYTES,
  SEGMENT_HEADER_BYTES,
  TARGET_SNAPSHOT_BYTES,
} from "../protocols/snapshot/wire.ts";

/** A snapshot's place in the spool: records are numbered from 1 on and never twice. */
export type RecordNumber = number;

/** Why a server does not want a snapshot. */
export interface Refusal {
  readonly errorName: string;
  readonly detail: string;
}

/** Where a message id of a spool carries its part and its number; what stands before is drawn once for each run of an agent. */
const PART_AT = 6;
const NUMBER_AT = 8;
/** What stands in place of a part's index in the id of an Ack; no snapshot has that many parts. */
const ACK_PART = 0xffff;
const STATUS_STORED = 1;
const STATUS_REFUSED = 2;
/** What stands for an error name that has no number. */
const OTHER_ERROR: number = ERROR_CODES.PAYLOAD_MALFORMED;

/** Writes the frames of one agent's spool. */
export class SpoolFrames {
  readonly #agentId: string;
  readonly #platform: number;
  readonly #prefix: Uint8Array = new Uint8Array(PART_AT);
  readonly #envelopeBytes: number;

  constructor(agentId: string, platform: number, entropy: Entropy) {
    this.#agentId = agentId;
    this.#platform = platform;
    entropy.fill(this.#prefix);
    const idBytes = new TextEncoder().encode(agentId).length;
    // An agent id of 128 bytes has a length of two (spec §2).
    this.#envelopeBytes = FRAME_HEADER_BYTES + ENVELOPE_FIXED_BYTES + (idBytes < 128 ? 1 : 2) + idBytes;
  }

  /** What a snapshot takes in a file. */
  recordBytes(payloadBytes: number): number {
    const parts = Math.ceil(payloadBytes / TARGET_SNAPSHOT_BYTES);
    if (parts <= 1) return this.#envelopeBytes + payloadBytes;
    return parts * (this.#envelopeBytes + SEGMENT_HEADER_BYTES) + payloadBytes;
  }

  /** One frame, or one for each part (spec §3), under ids that carry the record's number. */
  snapshot(number: RecordNumber, snapshotId: Uint8Array, payload: Uint8Array, utcMs: number): Uint8Array[] {
    if (payload.length <= TARGET_SNAPSHOT_BYTES) {
      return [encodeFrame(this.#envelope("snapshot", number, 0, 0, utcMs), payload)];
    }
    const plan = planSegments(payload.length, TARGET_SNAPSHOT_BYTES);
    const { partCount, totalBytes } = plan;
    return Array.from({ length: partCount }, (_, partIndex) => {
      const { offset, bytes } = segmentAt(plan, partIndex);
      const header = encodeSegmentHeader({ snapshotId, partIndex, partCount, totalBytes, offset });
      const envelope = this.#envelope("snapshot", number, partIndex, FLAG_SEGMENTED, utcMs);
      return encodeFrame(envelope, header, payload.subarray(offset, offset + bytes));
    });
  }

  /**
   * What became of a record: stored, or refused for a reason.
   *
   * @param prefix of the run that wrote the record: with it the Ack names the message that stands in the file
   */
  ending(number: RecordNumber, prefix: Uint8Array, refusal: Refusal | undefined, utcMs: number): Uint8Array {
    const payload = {
      ackedId: messageId(prefix, 0, number),
      status: refusal === undefined ? STATUS_STORED : STATUS_REFUSED,
      errorCode: refusal === undefined ? 0 : (ERROR_CODES[refusal.errorName as ErrorName] ?? OTHER_ERROR),
      detail: refusal?.detail ?? "",
      extensions: [],
    };
    const envelope = this.#envelope("ack", number, ACK_PART, 0, utcMs);
    return encodeFrame(envelope, encodeControl({ type: "ack", payload }));
  }

  /** What the ids of this run begin with. */
  get prefix(): Uint8Array {
    return this.#prefix;
  }

  #envelope(type: Envelope["type"], number: number, part: number, flags: number, utcMs: number): Envelope {
    return {
      version: DEFAULT_VERSIONS.max,
      type,
      flags,
      platform: this.#platform,
      messageId: messageId(this.#prefix, part, number),
      timestampUtcMs: utcMs,
      agentId: this.#agentId,
      extensions: [],
    };
  }
}

function messageId(prefix: Uint8Array, part: number, number: RecordNumber): Uint8Array {
  const id = new Uint8Array(ID_BYTES);
  id.set(prefix.subarray(0, PART_AT));
  const view = new DataView(id.buffer);
  view.setUint16(PART_AT, part);
  view.setBigUint64(NUMBER_AT, BigInt(number));
  return id;
}

/** The record that a message id of a spool is of. */
export function recordNumberOf(id: Uint8Array): RecordNumber {
  return Number(new DataView(id.buffer, id.byteOffset, ID_BYTES).getBigUint64(NUMBER_AT));
}

/** The run that a message id of a spool was made in. */
export function prefixOf(id: Uint8Array): Uint8Array {
  return id.slice(0, PART_AT);
}
