/**
 * When to look at the machine. The pace holds without drift; after a pause (a suspended machine, a slow sample) it
 * starts anew, without a burst of samples to catch up.
 */
export class SampleSchedule {
  #intervalMs: number;
  #throttleDelayMs = 0;
  #dueMs: number;
  #state: "waiting" | "sampling" | "stopped" = "waiting";

  /** @param firstMs when the first sample is due */
  constructor(intervalMs: number, firstMs: number) {
    this.#intervalMs = intervalMs;
    this.#dueMs = firstMs;
  }

  /** max(interval, throttle) (spec §6.6). */
  get effectiveIntervalMs(): number {
    return Math.max(this.#intervalMs, this.#throttleDelayMs);
  }

  /** When the next sample is due; nothing while one is under way, or after `stop`. */
  get nextMs(): number | undefined {
    return this.#state === "waiting" ? this.#dueMs : undefined;
  }

  /** True once for each sample that is due: it is under way then. */
  begin(nowMs: number): boolean {
    if (this.#state !== "waiting" || nowMs < this.#dueMs) return false;
    this.#state = "sampling";
    if (nowMs - this.#dueMs >= this.effectiveIntervalMs) this.#dueMs = nowMs;
    return true;
  }

  /** The sample under way is taken, or failed. */
  end(): void {
    if (this.#state !== "sampling") return;
    this.#state = "waiting";
    this.#dueMs += this.effectiveIntervalMs;
  }

  /** The server's pace (spec §6.6). @returns false when it is the one in force */
  throttle(throttleDelayMs: number): boolean {
    if (throttleDelayMs === this.#throttleDelayMs) return false;
    const beforeMs = this.effectiveIntervalMs;
    this.#throttleDelayMs = throttleDelayMs;
    this.#moveDue(beforeMs);
    return true;
  }

  /** The agent's own pace. */
  setInterval(intervalMs: number): void {
    const beforeMs = this.effectiveIntervalMs;
    this.#intervalMs = intervalMs;
    this.#moveDue(beforeMs);
  }

  stop(): void {
    this.#state = "stopped";
  }

  /** The wait under way began one interval before it ends; it ends by the new pace. */
  #moveDue(beforeMs: number): void {
    if (this.#state === "waiting") this.#dueMs += this.effectiveIntervalMs - beforeMs;
  }
}
