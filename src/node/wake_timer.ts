import type { Clock } from "../ports/clock.ts";

/** The longest wait that a timer of the platform takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One wait at a time, on the clock that deadlines are counted on. */
export class WakeTimer {
  readonly #clock: Clock;
  readonly #wake: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param wake called at the time that was set, or earlier when that is far away */
  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** @param atMs nothing to wait for nothing */
  set(atMs: number | undefined): void {
    clearTimeout(this.#timer);
    if (atMs === undefined) return;
    // Timers count whole milliseconds: rounded up, so that they do not fire just before what they wait for.
    const delayMs = Math.ceil(Math.max(0, atMs - this.#clock.monotonicMs()));
    this.#timer = setTimeout(this.#wake, Math.min(MAX_TIMER_MS, delayMs));
  }
}
