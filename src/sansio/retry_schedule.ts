/** Waits that double: `firstMs`, then twice as long each time, up to `capMs`. Without jitter, so a run is repeatable. */
export interface RetrySchedule {
  readonly firstMs: number;
  readonly capMs: number;
}

/**
 * The wait before attempt `attempt` (0 is the first retry).
 *
 * @example
 * ```ts
 * import { retryDelayMs } from "tidewire/sansio";
 * [0, 1, 2, 9].map((attempt) => retryDelayMs({ firstMs: 500, capMs: 30_000 }, attempt)); // [500, 1000, 2000, 30000]
 * ```
 */
export function retryDelayMs(schedule: RetrySchedule, attempt: number): number {
  // 2^31 times any sane first wait is over the cap; the bound keeps the power finite.
  return Math.min(schedule.capMs, schedule.firstMs * 2 ** Math.min(attempt, 31));
}
