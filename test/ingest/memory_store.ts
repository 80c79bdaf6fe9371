import type { SnapshotRecord, SnapshotStore, StoredId } from "../../src/ports/mod.ts";

/** A store in memory that does as it is told: takes, holds, or fails batches. */
export class MemoryStore implements SnapshotStore {
  readonly records: SnapshotRecord[] = [];
  /** Sizes of the batches that were tried, in order. */
  readonly batches: number[] = [];
  /** While set, batches fail with it. */
  failure: Error | undefined;
  #held: (() => void)[] | undefined;

  /** From now on batches wait for `release`. */
  hold(): void {
    this.#held = [];
  }

  /** Lets go of what waits, and of what comes. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const resume of held) resume();
  }

  async append(batch: readonly SnapshotRecord[]): Promise<void> {
    this.batches.push(batch.length);
    if (this.#held !== undefined) await new Promise<void>((resume) => this.#held!.push(resume));
    if (this.failure !== undefined) throw this.failure;
    this.records.push(...batch);
  }

  async *storedIds(): AsyncIterable<StoredId> {
    yield* this.records;
  }

  async close(): Promise<void> {}
}
