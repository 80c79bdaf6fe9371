/** The unfinished snapshots of one connection, bounded as spec §6.7 says. */
import { Reassembly } from "../../core/mod.ts";
import { SnapshotError } from "./errors.ts";
import { idKey } from "./ids.ts";
import type { Segment } from "./messages.ts";
import { FLAG_COMPRESSED, MAX_UNFINISHED_SNAPSHOTS } from "./wire.ts";

/**
 * What a part costs beside its bytes: objects, a map entry, a place in the record. Counted, so that a stream of one-byte
 * slices is bounded by memory and not by payload.
 */
const PART_OVERHEAD_BYTES = 256;

/** One part as it came in. */
interface HeldPart {
  readonly partIndex: number;
  readonly messageId: Uint8Array;
  /** The whole frame, a copy. */
  readonly frame: Uint8Array;
  /** The slice, a view on `frame`. */
  readonly slice: Uint8Array;
}

/** A snapshot whose parts are still coming in. */
interface Unfinished {
  readonly key: string;
  readonly snapshotId: Uint8Array;
  readonly flags: number;
  readonly parts: Map<number, HeldPart>;
  readonly reassembly: Reassembly;
  sliceBytes: number;
  heldBytes: number;
}

/** A snapshot that was dropped to make room (spec §6.7). */
export interface DroppedSnapshot {
  readonly snapshotId: Uint8Array;
  readonly messageIds: readonly Uint8Array[];
}

/** All parts of one snapshot. */
export interface WholeSnapshot {
  readonly snapshotId: Uint8Array;
  readonly compressed: boolean;
  /** In part order. */
  readonly frames: readonly Uint8Array[];
  readonly messageIds: readonly Uint8Array[];
  /** The slices put together. */
  readonly content: Uint8Array;
}

/** What became of a part; `dropped` when its own snapshot was the oldest and had to make room. */
export type PartOutcome =
  | { readonly type: "received" | "dropped" }
  | { readonly type: "whole"; readonly whole: WholeSnapshot };

/** Puts the parts of several snapshots together, in whatever order they come. */
export class SnapshotAssembly {
  readonly #maxSnapshotBytes: number;
  /** In the order of their first parts, so the first is the oldest. */
  readonly #unfinished = new Map<string, Unfinished>();
  #sliceBytes = 0;
  #heldBytes = 0;

  /** @param maxSnapshotBytes bound of one snapshot and of the slices of all of them (spec §3, §6.7) */
  constructor(maxSnapshotBytes: number) {
    this.#maxSnapshotBytes = maxSnapshotBytes;
  }

  /** Memory that the parts take. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Snapshots with a part here. */
  get size(): number {
    return this.#unfinished.size;
  }

  /** True while parts of it are here, and not all. */
  has(snapshotId: Uint8Array): boolean {
    return this.#unfinished.has(idKey(snapshotId));
  }

  /** The frames of all parts that are here: taken in this order by another assembly, they make it the same. */
  *frames(): Generator<Uint8Array> {
    for (const { parts } of this.#unfinished.values()) for (const { frame } of parts.values()) yield frame;
  }

  /**
   * Takes a part. `dropped` is told of every snapshot that had to make room.
   *
   * @throws SnapshotError SEGMENT_CONFLICT, PAYLOAD_TOO_LARGE; the part is not taken then
   */
  take(
    segment: Segment,
    flags: number,
    messageId: Uint8Array,
    frame: Uint8Array,
    dropped: DroppedSnapshot[],
  ): PartOutcome {
    if (segment.totalBytes > this.#maxSnapshotBytes) {
      throw new SnapshotError("PAYLOAD_TOO_LARGE", `${segment.totalBytes} bytes`, `at most ${this.#maxSnapshotBytes}`);
    }
    const key = idKey(segment.snapshotId);
    const known = this.#unfinished.get(key);
    const unfinished = known ?? this.#begin(key, segment.snapshotId, flags);
    const outcome = this.#accept(unfinished, segment, flags);
    // A part whose numbers can't be true leaves nothing behind.
    if (outcome === "refused") throw conflict(segment, unfinished);
    if (outcome === "duplicate") return { type: "received" };
    if (known === undefined) {
      if (this.#unfinished.size === MAX_UNFINISHED_SNAPSHOTS) dropped.push(this.#dropOldest());
      this.#unfinished.set(key, unfinished);
    }
    this.#hold(unfinished, segment, messageId, frame);
    if (outcome === "complete") return { type: "whole", whole: this.#finish(unfinished) };
    // The last one as well: its slices fit, but what stands around them need not.
    while (this.#isOver()) dropped.push(this.#dropOldest());
    return { type: this.#unfinished.has(key) ? "received" : "dropped" };
  }

  /** The ids of the messages that brought parts of a snapshot; nothing of it is held any more. */
  remove(snapshotId: Uint8Array): readonly Uint8Array[] {
    const unfinished = this.#unfinished.get(idKey(snapshotId));
    return unfinished === undefined ? [] : this.#drop(unfinished).messageIds;
  }

  /** Lets go of everything. */
  clear(): void {
    for (const unfinished of [...this.#unfinished.values()]) this.#drop(unfinished);
  }

  #begin(key: string, snapshotId: Uint8Array, flags: number): Unfinished {
    const reassembly = new Reassembly(this.#maxSnapshotBytes);
    return { key, snapshotId: snapshotId.slice(), flags, parts: new Map(), reassembly, sliceBytes: 0, heldBytes: 0 };
  }

  #accept(unfinished: Unfinished, segment: Segment, flags: number): "accepted" | "complete" | "duplicate" | "refused" {
    // spec §3: every part carries the same flags
    if (unfinished.flags !== flags) return "refused";
    const { partIndex, partCount, totalBytes, offset, slice } = segment;
    const outcome = unfinished.reassembly.accept({ partIndex, partCount, totalBytes, offset, bytes: slice.length });
    if (outcome === "conflict" || outcome === "tooLarge") return "refused";
    if (outcome !== "duplicate") return outcome;
    // The same range with other bytes contradicts the earlier part.
    return sameBytes(unfinished.parts.get(partIndex)!.slice, slice) ? "duplicate" : "refused";
  }

  #hold(unfinished: Unfinished, segment: Segment, messageId: Uint8Array, frame: Uint8Array): void {
    const copy = frame.slice();
    unfinished.parts.set(segment.partIndex, {
      partIndex: segment.partIndex,
      messageId: messageId.slice(),
      frame: copy,
      slice: copy.subarray(copy.length - segment.slice.length),
    });
    const heldBytes = copy.length + PART_OVERHEAD_BYTES;
    unfinished.sliceBytes += segment.slice.length;
    unfinished.heldBytes += heldBytes;
    this.#sliceBytes += segment.slice.length;
    this.#heldBytes += heldBytes;
  }

  #isOver(): boolean {
    // The second bound is for headers and objects: twice, so that 65,535 slices of one byte still fit.
    return this.#sliceBytes > this.#maxSnapshotBytes || this.#heldBytes > this.#maxSnapshotBytes * 2;
  }

  #finish(unfinished: Unfinished): WholeSnapshot {
    const parts = [...unfinished.parts.values()].sort((a, b) => a.partIndex - b.partIndex);
    const content = new Uint8Array(unfinished.reassembly.totalBytes);
    let at = 0;
    for (const { slice } of parts) {
      content.set(slice, at);
      at += slice.length;
    }
    this.#drop(unfinished);
    return {
      snapshotId: unfinished.snapshotId,
      compressed: (unfinished.flags & FLAG_COMPRESSED) !== 0,
      frames: parts.map((part) => part.frame),
      messageIds: parts.map((part) => part.messageId),
      content,
    };
  }

  #dropOldest(): DroppedSnapshot {
    const [oldest] = this.#unfinished.values();
    return this.#drop(oldest!);
  }

  #drop(unfinished: Unfinished): DroppedSnapshot {
    const messageIds = [...unfinished.parts.values()].map((part) => part.messageId);
    this.#unfinished.delete(unfinished.key);
    this.#sliceBytes -= unfinished.sliceBytes;
    this.#heldBytes -= unfinished.heldBytes;
    unfinished.reassembly.clear();
    return { snapshotId: unfinished.snapshotId, messageIds };
  }
}

function conflict(segment: Segment, unfinished: Unfinished): SnapshotError {
  const { partIndex, partCount, totalBytes, offset, slice } = segment;
  const { reassembly } = unfinished;
  const known =
    reassembly.receivedParts === 0 ? "itself" : `${reassembly.receivedParts} earlier parts of ${reassembly.partCount}`;
  return new SnapshotError(
    "SEGMENT_CONFLICT",
    `part ${partIndex} of ${partCount}, bytes ${offset} to ${offset + slice.length} of ${totalBytes}`,
    `a part that agrees with ${known}`,
  );
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
