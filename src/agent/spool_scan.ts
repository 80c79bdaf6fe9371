import type { ReadableFile } from "../ports/store_disk.ts";
import { CaptureScan, type Damage, type ScanVisitor } from "../protocols/snapshot/capture_scan.ts";
import { decodeEnvelope, decodeSegment } from "../protocols/snapshot/decode.ts";
import { decodeControl } from "../protocols/snapshot/decode_control.ts";
import { errorName } from "../protocols/snapshot/errors.ts";
import { idKey } from "../protocols/snapshot/ids.ts";
import type { DecodedEnvelope } from "../protocols/snapshot/mod.ts";
import { FLAG_SEGMENTED, ID_BYTES, MAX_SNAPSHOT_BYTES } from "../protocols/snapshot/wire.ts";
import { prefixOf, type RecordNumber, type Refusal, recordNumberOf } from "./spool_frames.ts";

/** One snapshot of a spool's file. */
export interface SpoolRecord {
  readonly number: RecordNumber;
  readonly prefix: Uint8Array;
  readonly agentId: string;
  readonly snapshotId: Uint8Array;
  /** When it was put there. */
  readonly utcMs: number;
  /** The encoded snapshot, in a buffer of its own. */
  readonly payload: Uint8Array;
  /** How many processes it lists. */
  readonly processes: number;
  readonly offset: number;
  readonly endOffset: number;
}

/** What a scan finds, in the order of the file. */
export interface SpoolVisitor {
  record(record: SpoolRecord): void;
  /** A snapshot was stored, or refused. */
  ending?(number: RecordNumber, refusal: Refusal | undefined): void;
}

/** What a scan says of the whole file. */
export interface SpoolScanResult {
  /** The end of the last whole record or ending. */
  readonly wholeBytes: number;
  /** What is neither; in the order of the file. */
  readonly damages: readonly SpoolDamage[];
}

/** A place in a file that is no whole record. */
export interface SpoolDamage {
  readonly offset: number;
  readonly endOffset: number;
  readonly reason: Damage["reason"] | "incomplete-record" | "unreadable-record";
}

/** Parts of a record that are not all there yet. */
interface OpenRecord {
  readonly prefix: Uint8Array;
  readonly number: RecordNumber;
  readonly snapshotId: Uint8Array;
  readonly partCount: number;
  readonly offset: number;
  readonly payload: Uint8Array;
  parts: number;
  filled: number;
}

const STATUS_REFUSED = 2;

/** Reads a file of a spool: what stands in it, whole, and what is damaged. */
export class SpoolScan implements ScanVisitor {
  readonly #file: ReadableFile;
  readonly #fileBytes: number;
  readonly #visitor: SpoolVisitor;
  readonly #damages: SpoolDamage[] = [];
  #wholeBytes: number;
  #open: OpenRecord | undefined;

  /** @param from where a record begins */
  constructor(file: ReadableFile, fileBytes: number, visitor: SpoolVisitor, from = 0) {
    this.#file = file;
    this.#fileBytes = fileBytes;
    this.#visitor = visitor;
    this.#wholeBytes = from;
  }

  /** The end of the last whole record or ending so far: where a scan may go on another time. */
  get wholeBytes(): number {
    return this.#wholeBytes;
  }

  /** Goes through the file; yields after each step, when all of it was told. */
  async *steps(): AsyncGenerator<void, SpoolScanResult> {
    const scan = new CaptureScan(this.#file, this.#fileBytes, this, this.#wholeBytes, true);
    for await (const _ of scan.run()) yield;
    this.#breakOff(this.#fileBytes);
    return { wholeBytes: this.#wholeBytes, damages: this.#damages };
  }

  /** All of it at once. */
  async run(): Promise<SpoolScanResult> {
    const steps = this.steps();
    for (;;) {
      const step = await steps.next();
      if (step.done) return step.value;
    }
  }

  frame(offset: number, frame: Uint8Array): void {
    try {
      this.#takeFrame(offset, frame);
    } catch {
      // A good CRC around what this code can't read: not written by a spool. Stepped over, and said.
      this.#breakOff(offset);
      this.#damages.push({ offset, endOffset: offset + frame.length, reason: "unreadable-record" });
      this.#wholeBytes = offset + frame.length;
    }
  }

  damage(damage: Damage): void {
    this.#breakOff(damage.offset);
    this.#damages.push(damage);
  }

  /** No more parts come for what is open. */
  #breakOff(offset: number): void {
    if (this.#open === undefined) return;
    this.#damages.push({ offset: this.#open.offset, endOffset: offset, reason: "incomplete-record" });
    this.#open = undefined;
  }

  #takeFrame(offset: number, frame: Uint8Array): void {
    const decoded = decodeEnvelope(frame);
    const { envelope, payloadAt } = decoded;
    const endOffset = offset + frame.length;
    if (envelope.type === "snapshot" && (envelope.flags & FLAG_SEGMENTED) !== 0) {
      this.#takePart(offset, endOffset, frame, decoded);
      return;
    }
    this.#breakOff(offset);
    if (envelope.type === "snapshot") {
      const payload = frame.slice(payloadAt);
      if (payload.length < ID_BYTES) throw new RangeError(`a snapshot of ${payload.length} bytes`);
      this.#tell(decoded, payload.slice(0, ID_BYTES), payload, offset, endOffset);
    } else if (envelope.type === "ack") {
      const message = decodeControl(frame, decoded);
      if (message.type === "ack") {
        const { ackedId, status, errorCode, detail } = message.payload;
        const refusal = status === STATUS_REFUSED ? { errorName: errorName(errorCode), detail } : undefined;
        this.#visitor.ending?.(recordNumberOf(ackedId), refusal);
      }
    }
    this.#wholeBytes = endOffset;
  }

  #takePart(offset: number, endOffset: number, frame: Uint8Array, decoded: DecodedEnvelope): void {
    const { messageId } = decoded.envelope;
    const { snapshotId, partIndex, partCount, totalBytes, slice } = decodeSegment(frame, decoded.payloadAt);
    const number = recordNumberOf(messageId);
    const follows = this.#open?.number === number && this.#open.parts === partIndex;
    if (!follows) this.#breakOff(offset);
    if (this.#open === undefined) {
      if (partIndex > 0 || totalBytes > MAX_SNAPSHOT_BYTES) throw new RangeError("no start of a record");
      const payload = new Uint8Array(totalBytes);
      const prefix = prefixOf(messageId);
      this.#open = { prefix, number, snapshotId: snapshotId.slice(), partCount, offset, payload, parts: 0, filled: 0 };
    }
    const open = this.#open;
    if (idKey(open.snapshotId) !== idKey(snapshotId)) throw new RangeError("parts of two snapshots");
    open.payload.set(slice, open.filled);
    open.filled += slice.length;
    open.parts++;
    if (open.parts < open.partCount) return;
    if (open.filled < open.payload.length) throw new RangeError("parts that do not fill their snapshot");
    this.#open = undefined;
    this.#wholeBytes = endOffset;
    this.#tell(decoded, open.snapshotId, open.payload, open.offset, endOffset);
  }

  #tell(
    { envelope }: DecodedEnvelope,
    snapshotId: Uint8Array,
    payload: Uint8Array,
    offset: number,
    endOffset: number,
  ): void {
    const { messageId, agentId, timestampUtcMs } = envelope;
    this.#visitor.record({
      number: recordNumberOf(messageId),
      prefix: prefixOf(messageId),
      agentId,
      snapshotId,
      utcMs: Number(timestampUtcMs),
      payload,
      processes: processesIn(payload),
      offset,
      endOffset,
    });
  }
}

/** Where a Snapshot says how many processes it lists (spec §4). */
const COUNT_AT = 60;

function processesIn(payload: Uint8Array): number {
  if (payload.length < COUNT_AT + 4) return 0;
  return new DataView(payload.buffer, payload.byteOffset).getUint32(COUNT_AT, true);
}
