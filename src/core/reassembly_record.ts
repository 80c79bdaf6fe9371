import { type Kernels, loadKernels, type Resident } from "./kernels.ts";

const HEADER_WORDS = 4;
const ENTRY_WORDS = 3;
const FIRST_CAPACITY_PARTS = 8;

/** One entry of a record: a part that is known. */
export interface RecordEntry {
  readonly partIndex: number;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * The parts that one reassembly knows: a header of 4 words and 3 words for each part, sorted by part index. It lies in the
 * core's memory while this is the reassembly in use, so that the parts of one message that follow each other copy nothing,
 * and at home when another one is. Not public.
 */
export class ReassemblyRecord implements Resident {
  readonly #kernels: Kernels = loadKernels();
  #home: Uint32Array | undefined;
  #parts = 0;

  /** Runs the kernel: 0 accepted, 1 duplicate, 2 conflict, 3 complete. */
  accept(partIndex: number, partCount: number, totalBytes: number, offset: number, bytes: number): number {
    const kernels = this.#kernels;
    if (kernels.takeRecord(this)) this.#load();
    const outcome = kernels.wasm.acceptPart(partIndex, partCount, totalBytes, offset, bytes);
    if (outcome === 0 || outcome === 3) this.#parts++;
    return outcome;
  }

  /** Bytes that the record takes at home: room is made by doubling. */
  get heldBytes(): number {
    return this.#parts === 0 ? 0 : 4 * (HEADER_WORDS + ENTRY_WORDS * this.#capacityParts());
  }

  /** The known parts, by part index. */
  *entries(): Generator<RecordEntry> {
    if (this.#kernels.takeRecord(this)) this.#load();
    const { words, recordAt } = this.#kernels;
    const first = (recordAt >>> 2) + HEADER_WORDS;
    const entries = words.slice(first, first + this.#parts * ENTRY_WORDS);
    for (let at = 0; at < entries.length; at += ENTRY_WORDS) {
      yield { partIndex: entries[at]!, offset: entries[at + 1]!, bytes: entries[at + 2]! };
    }
  }

  evict(): void {
    const { words, recordAt } = this.#kernels;
    const capacityWords = HEADER_WORDS + ENTRY_WORDS * this.#capacityParts();
    if (this.#home?.length !== capacityWords) this.#home = new Uint32Array(capacityWords);
    const first = recordAt >>> 2;
    this.#home.set(words.subarray(first, first + HEADER_WORDS + ENTRY_WORDS * this.#parts));
  }

  /** Forgets every part. */
  clear(): void {
    this.#kernels.leaveRecord(this);
    this.#home = undefined;
    this.#parts = 0;
  }

  #load(): void {
    const { words, recordAt } = this.#kernels;
    const first = recordAt >>> 2;
    if (this.#parts === 0) words.fill(0, first, first + HEADER_WORDS);
    else words.set(this.#home!.subarray(0, HEADER_WORDS + ENTRY_WORDS * this.#parts), first);
  }

  #capacityParts(): number {
    let capacity = FIRST_CAPACITY_PARTS;
    while (capacity < this.#parts) capacity *= 2;
    return capacity;
  }
}
