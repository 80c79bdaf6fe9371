/** Each bucket ends 2 % above where it begins: as exact as a latency needs to be, in constant memory. */
const GROWTH = Math.log(1.02);
/** Below this, clocks are not better. */
const FIRST_MS = 0.01;
/** The last bucket ends beyond an hour. */
const BUCKETS = 1_024;

/** How long things took: any number of them, in 8 KB. */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  add(latencyMs: number): void {
    const bucket = Math.ceil(Math.log(Math.max(latencyMs, FIRST_MS) / FIRST_MS) / GROWTH);
    this.#counts[Math.min(bucket, BUCKETS - 1)]!++;
    this.#count++;
    this.#maxMs = Math.max(this.#maxMs, latencyMs);
  }

  /** The latency that a share of all stayed within, up to 2 % too high; nothing when there is none. */
  quantileMs(share: number): number | undefined {
    if (this.#count === 0) return undefined;
    let below = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      below += this.#counts[bucket]!;
      if (below >= share * this.#count) return Math.min(this.#maxMs, FIRST_MS * Math.exp(bucket * GROWTH));
    }
    return this.#maxMs;
  }
}
