import type { Compressor } from "../src/ports/mod.ts";
import {
  decodeEnvelope,
  decodeSegment,
  FLAG_COMPRESSED,
  FLAG_SEGMENTED,
  idKey,
  MAX_SNAPSHOT_BYTES,
  openSnapshot,
  type Segment,
  type SnapshotColumns,
} from "../src/protocols/snapshot/mod.ts";

/** A snapshot as it stands in the store. */
export interface FoundSnapshot {
  readonly agentId: string;
  readonly platform: number;
  readonly columns: SnapshotColumns;
  /** Where its record ends. */
  readonly endOffset: number;
}

/** A segmented snapshot of which the first parts have been seen. */
interface OpenSnapshot {
  readonly key: string;
  readonly partCount: number;
  readonly content: Uint8Array;
  parts: number;
  filledBytes: number;
}

/** Puts the frames of a store's file together to snapshots; the store writes all parts of one without anything between. */
export class SnapshotFinder {
  readonly found: FoundSnapshot[] = [];
  /** Frames with a good CRC that are no snapshot that can be read. */
  unreadable = 0;
  /** The end of the last record, or of what was no record. */
  recordsEnd: number;
  readonly #compressor: Compressor;
  #open: OpenSnapshot | undefined;

  /** @param fromOffset where the first frame begins */
  constructor(compressor: Compressor, fromOffset: number) {
    this.#compressor = compressor;
    this.recordsEnd = fromOffset;
  }

  takeFrame(offset: number, frame: Uint8Array): void {
    const endOffset = offset + frame.length;
    try {
      this.#take(frame, endOffset);
    } catch {
      this.#open = undefined;
      this.unreadable++;
      this.recordsEnd = endOffset;
    }
  }

  #take(frame: Uint8Array, endOffset: number): void {
    const { envelope, payloadAt } = decodeEnvelope(frame);
    const { type, flags, agentId, platform } = envelope;
    const isSegment = type === "snapshot" && (flags & FLAG_SEGMENTED) !== 0;
    if (!isSegment) this.#open = undefined;
    const content = isSegment
      ? this.#addPart(agentId, decodeSegment(frame, payloadAt))
      : // The frame is valid during the call only.
        frame.slice(payloadAt);
    if (content === undefined) return;
    this.recordsEnd = endOffset;
    // Other messages may stand in a capture that somebody put here.
    if (type !== "snapshot") return;
    const columns = openSnapshot(content, {
      compressed: (flags & FLAG_COMPRESSED) !== 0,
      compressor: this.#compressor,
      maxSnapshotBytes: MAX_SNAPSHOT_BYTES,
    });
    this.found.push({ agentId, platform, columns, endOffset });
  }

  /** The whole content once its last part is there. */
  #addPart(agentId: string, segment: Segment): Uint8Array | undefined {
    const { partIndex, partCount, totalBytes, offset, slice } = segment;
    const key = `${agentId} ${idKey(segment.snapshotId)}`;
    if (partIndex === 0 && totalBytes <= MAX_SNAPSHOT_BYTES) {
      this.#open = { key, partCount, content: new Uint8Array(totalBytes), parts: 0, filledBytes: 0 };
    }
    const open = this.#open;
    const fits =
      open?.key === key && open.parts === partIndex && open.partCount === partCount && open.filledBytes === offset;
    if (!fits || offset + slice.length > open.content.length) throw new RangeError("a part without its snapshot");
    open.content.set(slice, offset);
    open.filledBytes += slice.length;
    open.parts++;
    if (open.parts < partCount) return undefined;
    this.#open = undefined;
    return open.content;
  }
}
