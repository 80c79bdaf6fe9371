/** Acknowledgements and how long each took, for as long as it is open. */
export class LatencyLog {
  readonly #latenciesMs: number[] = [];
  #isOpen = false;
  #openedMs = 0;
  #openMs = 0;

  open(): void {
    this.#isOpen = true;
    this.#openedMs = performance.now();
  }

  close(): void {
    this.#isOpen = false;
    this.#openMs += performance.now() - this.#openedMs;
  }

  /** @param count messages that were sent together and are acknowledged together */
  add(sentMs: number, count: number): void {
    if (!this.#isOpen) return;
    const latencyMs = performance.now() - sentMs;
    for (let i = 0; i < count; i++) this.#latenciesMs.push(latencyMs);
  }

  /** What was acknowledged while the log was open. */
  summary(): LoadSummary {
    const sorted = Float64Array.from(this.#latenciesMs).sort();
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return { perSecond: (sorted.length * 1_000) / this.#openMs, p50Ms: at(0.5), p99Ms: at(0.99) };
  }
}

/** How a subject did under load. */
export interface LoadSummary {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}
