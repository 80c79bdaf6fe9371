import type { Compressor, StoredId } from "../src/ports/mod.ts";
import type { ReadableFile } from "../src/ports/store_disk.ts";
import { CaptureScan, type Damage } from "../src/protocols/snapshot/capture_scan.ts";
import {
  decodeEnvelope,
  decodeSegment,
  FLAG_COMPRESSED,
  FLAG_SEGMENTED,
  ID_BYTES,
  idKey,
  MAX_SNAPSHOT_BYTES,
  openSnapshot,
} from "../src/protocols/snapshot/mod.ts";

/** What a file of the store holds. */
export interface RecordScan {
  /** The end of the last record that is whole: every frame of it there, its CRC good. */
  readonly recordsEnd: number;
  /** What is no frame, and frames that are no whole record; in the order of the file. */
  readonly damages: readonly RecordDamage[];
}

/** Ids of one step of a scan, and how far into the file it is. */
export interface ScannedIds {
  readonly ids: readonly StoredId[];
  readonly doneBytes: number;
}

/** A damaged place, seen as a store sees it. */
export interface RecordDamage {
  readonly offset: number;
  readonly endOffset: number;
  readonly reason: Damage["reason"] | "incomplete-record" | "unreadable-record";
}

/** A segmented record of which the first parts have been seen. */
interface OpenRecord {
  readonly agentId: string;
  readonly snapshotId: Uint8Array;
  readonly partCount: number;
  readonly offset: number;
  parts: number;
}

/**
 * Finds the records of a file. A record is one Snapshot frame, or all parts of a segmented one without anything between
 * them, which is how the store writes them: parts that are not all there were never acknowledged as stored.
 *
 * Yields the ids of whole records, a window of the file at a time.
 */
export async function* scanRecords(
  file: ReadableFile,
  fileBytes: number,
  compressor: Compressor,
): AsyncGenerator<ScannedIds, RecordScan> {
  let ids: StoredId[] = [];
  const finder = new RecordFinder(compressor, (id) => ids.push(id));
  const scan = new CaptureScan(file, fileBytes, {
    frame: (offset, bytes) => finder.takeFrame(offset, bytes),
    damage: (damage) => finder.takeDamage(damage),
  });
  for await (const doneBytes of scan.run()) {
    yield { ids, doneBytes };
    ids = [];
  }
  finder.end(fileBytes);
  // A damage ends a run without a window of its own.
  if (ids.length > 0) yield { ids, doneBytes: fileBytes };
  return { recordsEnd: finder.recordsEnd, damages: finder.damages };
}

class RecordFinder {
  recordsEnd = 0;
  readonly damages: RecordDamage[] = [];
  readonly #compressor: Compressor;
  readonly #visit: (id: StoredId) => void;
  #open: OpenRecord | undefined;

  constructor(compressor: Compressor, visit: (id: StoredId) => void) {
    this.#compressor = compressor;
    this.#visit = visit;
  }

  takeFrame(offset: number, frame: Uint8Array): void {
    try {
      this.#takeSnapshot(offset, frame);
    } catch {
      // A good CRC around what this code can't read: not written by this store. Left alone, and said.
      this.end(offset);
      this.damages.push({ offset, endOffset: offset + frame.length, reason: "unreadable-record" });
      this.recordsEnd = offset + frame.length;
    }
  }

  takeDamage(damage: Damage): void {
    this.end(damage.offset);
    this.damages.push(damage);
  }

  /** No more parts come for what is open. */
  end(offset: number): void {
    if (this.#open === undefined) return;
    this.damages.push({ offset: this.#open.offset, endOffset: offset, reason: "incomplete-record" });
    this.#open = undefined;
  }

  #takeSnapshot(offset: number, frame: Uint8Array): void {
    const { envelope, payloadAt } = decodeEnvelope(frame);
    const endOffset = offset + frame.length;
    if (envelope.type === "snapshot" && (envelope.flags & FLAG_SEGMENTED) !== 0) {
      this.#takePart(offset, endOffset, envelope.agentId, frame, payloadAt);
      return;
    }
    this.end(offset);
    this.recordsEnd = endOffset;
    // Other messages may stand in a capture that somebody put here; they are nobody's stored snapshot.
    if (envelope.type !== "snapshot") return;
    const isCompressed = (envelope.flags & FLAG_COMPRESSED) !== 0;
    this.#visit({ agentId: envelope.agentId, snapshotId: this.#snapshotId(frame.subarray(payloadAt), isCompressed) });
  }

  #takePart(offset: number, endOffset: number, agentId: string, frame: Uint8Array, payloadAt: number): void {
    const { snapshotId, partIndex, partCount } = decodeSegment(frame, payloadAt);
    if (this.#open !== undefined && !continues(this.#open, agentId, snapshotId, partIndex, partCount)) this.end(offset);
    if (this.#open === undefined) {
      this.#open = { agentId, snapshotId: snapshotId.slice(), partCount, offset, parts: 0 };
      if (partIndex > 0) {
        this.end(endOffset);
        return;
      }
    }
    this.#open.parts++;
    if (this.#open.parts < partCount) return;
    this.#visit({ agentId, snapshotId: this.#open.snapshotId });
    this.#open = undefined;
    this.recordsEnd = endOffset;
  }

  #snapshotId(payload: Uint8Array, isCompressed: boolean): Uint8Array {
    if (!isCompressed) {
      if (payload.length < ID_BYTES) throw new RangeError(`a snapshot of ${payload.length} bytes`);
      return payload.slice(0, ID_BYTES);
    }
    const options = { compressed: true, compressor: this.#compressor, maxSnapshotBytes: MAX_SNAPSHOT_BYTES };
    return openSnapshot(payload, options).snapshotId.slice();
  }
}

function continues(
  open: OpenRecord,
  agentId: string,
  snapshotId: Uint8Array,
  partIndex: number,
  partCount: number,
): boolean {
  return (
    open.agentId === agentId &&
    open.parts === partIndex &&
    open.partCount === partCount &&
    idKey(open.snapshotId) === idKey(snapshotId)
  );
}
