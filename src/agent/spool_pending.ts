import type { RecordNumber, Refusal, SpoolFrames } from "./spool_frames.ts";
import type { WindowEntry } from "./spool_window.ts";

interface PendingRecord {
  readonly type: "record";
  readonly one: WindowEntry;
  readonly bytes: number;
  /** It was stored or refused while it was being written. */
  hasEnded: boolean;
}

/** Something that is to stand in the spool's files next. */
type Pending =
  | PendingRecord
  | {
      readonly type: "ending";
      readonly number: RecordNumber;
      readonly prefix: Uint8Array;
      readonly refusal: Refusal | undefined;
      readonly utcMs: number;
    };

/** What is written and synced at once. */
export interface PendingGroup {
  readonly bytes: Uint8Array;
  readonly records: readonly WindowEntry[];
  /** Items of the queue that are in it. */
  readonly count: number;
}

/** Records and endings that are not in the spool's files yet, in order. */
export class SpoolPending {
  readonly #frames: SpoolFrames;
  #queue: Pending[] = [];
  #recordBytes = 0;
  #endings = 0;
  /** How many of the first are being written: those stay. */
  #writing = 0;

  constructor(frames: SpoolFrames) {
    this.#frames = frames;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** What its records will take. */
  get recordBytes(): number {
    return this.#recordBytes;
  }

  get endings(): number {
    return this.#endings;
  }

  get oldestRecord(): WindowEntry | undefined {
    const found = this.#queue.find((item) => item.type === "record");
    return found?.type === "record" ? found.one : undefined;
  }

  addRecord(one: WindowEntry, bytes: number): void {
    this.#queue.push({ type: "record", one, bytes, hasEnded: false });
    this.#recordBytes += bytes;
  }

  /** A record has ended. @returns where it is; one that was to be written needs no disk any more */
  end(one: WindowEntry): "never-written" | "being-written" | "written" {
    if (this.#takeOut((item) => item.one === one) !== undefined) return "never-written";
    for (const item of this.#queue.slice(0, this.#writing)) {
      if (item.type !== "record" || item.one !== one) continue;
      item.hasEnded = true;
      return "being-written";
    }
    return "written";
  }

  addEnding(one: WindowEntry, refusal: Refusal | undefined, utcMs: number): void {
    this.#queue.push({ type: "ending", number: one.number, prefix: one.prefix, refusal, utcMs });
    this.#endings++;
  }

  /** Records from a number on. */
  *recordsFrom(number: RecordNumber): Generator<WindowEntry> {
    for (const item of this.#queue) if (item.type === "record" && item.one.number >= number) yield item.one;
  }

  /** Takes the oldest record out that is not being written; nothing when there is none. */
  dropOldest(): WindowEntry | undefined {
    return this.#takeOut(() => true)?.one;
  }

  /** What `beginGroup` will take of records. */
  groupBytes(maxBytes: number): number {
    const first = this.#queue.find((item) => item.type === "record");
    return first?.type === "record" ? Math.max(first.bytes, Math.min(this.#recordBytes, maxBytes)) : 0;
  }

  /** Takes out the first record that matches and is not being written. */
  #takeOut(matches: (item: PendingRecord) => boolean): PendingRecord | undefined {
    if (this.#recordBytes === 0) return undefined;
    for (let at = this.#writing; at < this.#queue.length; at++) {
      const item = this.#queue[at]!;
      if (item.type !== "record" || !matches(item)) continue;
      this.#queue.splice(at, 1);
      this.#recordBytes -= item.bytes;
      return item;
    }
    return undefined;
  }

  /** The first of the queue, up to `maxBytes` of records and always one; they stay in it until `commit`. */
  beginGroup(maxBytes: number): PendingGroup {
    const frames: Uint8Array[] = [];
    const records: WindowEntry[] = [];
    let bytes = 0;
    let count = 0;
    for (const item of this.#queue) {
      if (item.type === "record") {
        if (count > 0 && bytes + item.bytes > maxBytes) break;
        const { number, entry, utcMs } = item.one;
        frames.push(...this.#frames.snapshot(number, entry.snapshotId, entry.payload, utcMs));
        records.push(item.one);
        bytes += item.bytes;
      } else {
        const frame = this.#frames.ending(item.number, item.prefix, item.refusal, item.utcMs);
        frames.push(frame);
        bytes += frame.length;
      }
      count++;
    }
    this.#writing = count;
    return { bytes: joined(frames), records, count };
  }

  /** The group is durable. @returns how many of its records have not ended meanwhile */
  commit(group: PendingGroup): number {
    let unended = 0;
    for (const item of this.#queue.splice(0, group.count)) {
      if (item.type === "record") {
        this.#recordBytes -= item.bytes;
        if (!item.hasEnded) unended++;
      } else this.#endings--;
    }
    this.#writing = 0;
    return unended;
  }

  /** The group was not written. What ended meanwhile needs no disk any more, nor a word about it. */
  abandon(): void {
    this.#writing = 0;
    const over = new Set<RecordNumber>();
    for (const item of this.#queue) if (item.type === "record" && item.hasEnded) over.add(item.one.number);
    if (over.size === 0) return;
    this.#queue = this.#queue.filter((item) => !over.has(item.type === "record" ? item.one.number : item.number));
    this.#recordBytes = 0;
    this.#endings = 0;
    for (const item of this.#queue) {
      if (item.type === "record") this.#recordBytes += item.bytes;
      else this.#endings++;
    }
  }
}

/** One buffer of several. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
