import { ReassemblyRecord } from "./reassembly_record.ts";

/** What a part of a message says of itself and of the whole. */
export interface SegmentHeader {
  readonly partIndex: number;
  readonly partCount: number;
  /** Size of the whole message. */
  readonly totalBytes: number;
  /** Where this part stands in it. */
  readonly offset: number;
  /** Size of this part. */
  readonly bytes: number;
}

/**
 * What became of a part: `duplicate` is the same part again, `conflict` contradicts itself or an earlier part, `tooLarge`
 * announces a message over the limit. The last three change nothing.
 */
export type AcceptOutcome = "accepted" | "complete" | "duplicate" | "conflict" | "tooLarge";

/** Parts that are missing: the indices [fromPart, toPart) and the bytes [fromOffset, toOffset). */
export interface SegmentGap {
  readonly fromPart: number;
  readonly toPart: number;
  readonly fromOffset: number;
  readonly toOffset: number;
}

const OUTCOMES: readonly AcceptOutcome[] = ["accepted", "duplicate", "conflict", "complete"];

/**
 * Says which parts of one message are there, in whatever order they come. Parts must follow each other without gap or
 * overlap; a part that can't be true beside an earlier one is a conflict. Holds no payload, only where each part stands.
 *
 * @example
 * ```ts
 * import { Reassembly } from "tidewire/core";
 * const reassembly = new Reassembly(1_000_000);
 * console.log(reassembly.accept({ partIndex: 1, partCount: 2, totalBytes: 100, offset: 60, bytes: 40 })); // accepted
 * console.log(reassembly.gaps()); // [ { fromPart: 0, toPart: 1, fromOffset: 0, toOffset: 60 } ]
 * console.log(reassembly.accept({ partIndex: 0, partCount: 2, totalBytes: 100, offset: 0, bytes: 60 })); // complete
 * ```
 */
export class Reassembly {
  readonly #record: ReassemblyRecord = new ReassemblyRecord();
  readonly #maxTotalBytes: number;
  #partCount = 0;
  #totalBytes = 0;
  #receivedParts = 0;
  #receivedBytes = 0;

  /** @param maxTotalBytes the largest message that is taken, below 2^32. */
  constructor(maxTotalBytes: number) {
    this.#maxTotalBytes = Math.min(maxTotalBytes, 0xffff_ffff);
  }

  /** Parts of the whole message; 0 before the first part. */
  get partCount(): number {
    return this.#partCount;
  }

  /** Size of the whole message; 0 before the first part. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  get receivedParts(): number {
    return this.#receivedParts;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Memory that the account of the parts takes. */
  get heldBytes(): number {
    return this.#record.heldBytes;
  }

  get isComplete(): boolean {
    return this.#receivedParts > 0 && this.#receivedParts === this.#partCount;
  }

  /** Takes note of a part. */
  accept(part: SegmentHeader): AcceptOutcome {
    if (part.totalBytes > this.#maxTotalBytes) return "tooLarge";
    if (!isUint32(part.partIndex) || !isUint32(part.partCount) || !isUint32(part.totalBytes)) return "conflict";
    if (!isUint32(part.offset) || !isUint32(part.bytes)) return "conflict";
    const outcome =
      OUTCOMES[this.#record.accept(part.partIndex, part.partCount, part.totalBytes, part.offset, part.bytes)]!;
    if (outcome === "accepted" || outcome === "complete") {
      this.#partCount = part.partCount;
      this.#totalBytes = part.totalBytes;
      this.#receivedParts++;
      this.#receivedBytes += part.bytes;
    }
    return outcome;
  }

  /** What is missing between, before and after the known parts, in order. Empty before the first part. */
  gaps(): SegmentGap[] {
    const gaps: SegmentGap[] = [];
    let fromPart = 0;
    let fromOffset = 0;
    for (const { partIndex, offset, bytes } of this.#record.entries()) {
      if (partIndex > fromPart) gaps.push({ fromPart, toPart: partIndex, fromOffset, toOffset: offset });
      fromPart = partIndex + 1;
      fromOffset = offset + bytes;
    }
    if (this.#partCount > fromPart) {
      gaps.push({ fromPart, toPart: this.#partCount, fromOffset, toOffset: this.#totalBytes });
    }
    return gaps;
  }

  /** Forgets every part. Call it when the message is done with or given up: the core lets go of the account then. */
  clear(): void {
    this.#record.clear();
    this.#partCount = 0;
    this.#totalBytes = 0;
    this.#receivedParts = 0;
    this.#receivedBytes = 0;
  }
}

function isUint32(value: number): boolean {
  return value >>> 0 === value;
}
