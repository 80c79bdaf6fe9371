import type { SnapshotRecord } from "../ports/mod.ts";
import { type RetrySchedule, retryDelayMs } from "../sansio/mod.ts";
import type { IngestLimits } from "./ingest_limits.ts";

/** Waits between attempts of a store that fails: as patient as the agents are (spec §6.4). */
const STORE_RETRY: RetrySchedule = { firstMs: 500, capMs: 30_000 };

/** Records that are stored together. */
export interface Batch<R extends SnapshotRecord = SnapshotRecord> {
  readonly id: number;
  readonly records: readonly R[];
}

/** A record with the time at which it began to wait. */
export interface QueuedRecord extends SnapshotRecord {
  readonly queuedAtMs: number;
}

/**
 * Group commit: one batch is with the store, and meanwhile the next one fills. A batch that fails stays the batch, in its
 * order, until the store takes it.
 */
export class Batcher<R extends QueuedRecord> {
  readonly #limits: IngestLimits;
  /** First in, first out; `#head` saves moving the rest on every take. */
  #queue: R[] = [];
  #head = 0;
  #queuedBytes = 0;
  #batch: Batch<R> | undefined;
  #batchBytes = 0;
  #withStore = false;
  #retryAtMs = 0;
  #failures = 0;
  #nextId = 1;
  #flushing = false;

  constructor(limits: IngestLimits) {
    this.#limits = limits;
  }

  /** Snapshots not yet durable, the batch under way included. */
  get pendingSnapshots(): number {
    return this.#queue.length - this.#head + (this.#batch?.records.length ?? 0);
  }

  /** Bytes not yet durable, the batch under way included. */
  get pendingBytes(): number {
    return this.#queuedBytes + this.#batchBytes;
  }

  /** Failed attempts of the batch under way. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether a record of this size finds room. */
  hasRoom(frameBytes: number): boolean {
    return (
      this.pendingSnapshots === 0 ||
      (this.pendingSnapshots < this.#limits.maxQueueSnapshots &&
        this.pendingBytes + frameBytes <= this.#limits.maxQueueBytes)
    );
  }

  add(record: R): void {
    this.#queue.push(record);
    this.#queuedBytes += record.frameBytes;
  }

  /** From now on nothing waits for company. */
  flush(): void {
    this.#flushing = true;
  }

  /** The batch to store now, or nothing. The same one again when it failed and its wait is over. */
  take(nowMs: number): Batch<R> | undefined {
    const readyMs = this.nextMs();
    if (readyMs === undefined || nowMs < readyMs) return undefined;
    this.#batch ??= this.#close();
    this.#withStore = true;
    return this.#batch;
  }

  /** When `take` will have a batch, if nothing else comes in; nothing while one is with the store or none waits. */
  nextMs(): number | undefined {
    if (this.#withStore) return undefined;
    if (this.#batch !== undefined) return this.#retryAtMs;
    const first = this.#queue[this.#head];
    if (first === undefined) return undefined;
    const { maxBatchSnapshots, maxBatchBytes, maxBatchDelayMs } = this.#limits;
    const isFull =
      this.#queue.length - this.#head >= maxBatchSnapshots || this.#queuedBytes >= maxBatchBytes || this.#flushing;
    return isFull ? first.queuedAtMs : first.queuedAtMs + maxBatchDelayMs;
  }

  /** The batch is durable: its records. Nothing for an id that is not under way. */
  stored(id: number): readonly R[] | undefined {
    if (this.#batch?.id !== id || !this.#withStore) return undefined;
    const { records } = this.#batch;
    this.#batch = undefined;
    this.#batchBytes = 0;
    this.#withStore = false;
    this.#failures = 0;
    return records;
  }

  /** The store did not take the batch: the wait until it is tried again. Nothing for an id that is not under way. */
  failed(id: number, nowMs: number): number | undefined {
    if (this.#batch?.id !== id || !this.#withStore) return undefined;
    const delayMs = retryDelayMs(STORE_RETRY, this.#failures);
    this.#failures++;
    this.#withStore = false;
    this.#retryAtMs = nowMs + delayMs;
    return delayMs;
  }

  /** Gives up all that is not durable, and says what that was. */
  clear(): R[] {
    const given = [...(this.#batch?.records ?? []), ...this.#queue.slice(this.#head)];
    this.#queue = [];
    this.#head = 0;
    this.#queuedBytes = 0;
    this.#batch = undefined;
    this.#batchBytes = 0;
    this.#withStore = false;
    return given;
  }

  #close(): Batch<R> {
    const records: R[] = [];
    while (this.#head < this.#queue.length && records.length < this.#limits.maxBatchSnapshots) {
      const record = this.#queue[this.#head]!;
      if (records.length > 0 && this.#batchBytes + record.frameBytes > this.#limits.maxBatchBytes) break;
      records.push(record);
      this.#batchBytes += record.frameBytes;
      this.#head++;
    }
    this.#queuedBytes -= this.#batchBytes;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
    return { id: this.#nextId++, records };
  }
}
