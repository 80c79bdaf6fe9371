/** How much may happen at once, and how fast that comes back. */
export interface BucketRate {
  /** Tokens of a full bucket. */
  readonly burst: number;
  readonly perMinute: number;
}

/** A budget that refills with time. It is brought up to date when it is looked at, so that it needs no timer. */
export class TokenBucket {
  readonly #rate: BucketRate;
  #tokens: number;
  #atMs: number;

  /** A full one. */
  constructor(rate: BucketRate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#atMs = nowMs;
  }

  /** Whether there is a token to take. */
  has(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#tokens >= 1;
  }

  /** Takes a token; false, and nothing is taken, when there is none. */
  take(nowMs: number): boolean {
    if (!this.has(nowMs)) return false;
    this.#tokens--;
    return true;
  }

  #refill(nowMs: number): void {
    if (nowMs <= this.#atMs) return;
    const gained = ((nowMs - this.#atMs) / 60_000) * this.#rate.perMinute;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained);
    this.#atMs = nowMs;
  }
}
