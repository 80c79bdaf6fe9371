/** How fast snapshots may leave, beside the window of the session. */
export interface SendPaceOptions {
  /** Snapshots a second, over time. */
  readonly perSecond: number;
}

/** Snapshots that may leave at once when none has for a while: the usual window of a server. */
const BURST = 32;

/**
 * The pace of what leaves: a bound that a single agent's new snapshots never reach, so that many agents that all have a
 * long outage to catch up with do not drown their server; and a server's own word, which counts when it asks for less.
 */
export class SendPace {
  readonly #msEach: number;
  #throttleDelayMs = 0;
  /** When the bucket is full again: each snapshot moves it on. */
  #fullAtMs: number = Number.NEGATIVE_INFINITY;
  #lastMs: number = Number.NEGATIVE_INFINITY;

  constructor(options: SendPaceOptions) {
    this.#msEach = 1_000 / options.perSecond;
  }

  /** When the next one may leave. */
  get readyAtMs(): number {
    const burstMs = this.#fullAtMs - (BURST - 1) * this.#msEach;
    // spec §6.6: a throttled agent sends one snapshot each delay
    return this.#throttleDelayMs === 0 ? burstMs : Math.max(burstMs, this.#lastMs + this.#throttleDelayMs);
  }

  sent(nowMs: number): void {
    this.#lastMs = nowMs;
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + this.#msEach;
  }

  throttle(throttleDelayMs: number): void {
    this.#throttleDelayMs = throttleDelayMs;
  }
}
