import type { Clock } from "../../src/ports/mod.ts";
import type { Prng } from "./prng.ts";
import type { Scheduler } from "./scheduler.ts";

/** A machine's wall clock: it is set now and then. */
export interface WallClock {
  utcOffsetMs: number;
  /** The most that it has been. */
  highestUtcOffsetMs: number;
}

/** Time as one process sees it: UTC jumps with its machine's clock, the monotonic one began somewhere and goes on. */
export class ProcessClock implements Clock {
  readonly #scheduler: Scheduler;
  readonly #wall: WallClock;
  readonly #originMs: number;

  constructor(scheduler: Scheduler, wall: WallClock, random: Prng) {
    this.#scheduler = scheduler;
    this.#wall = wall;
    this.#originMs = scheduler.nowMs - random.between(0, 1e7);
  }

  utcMs(): number {
    return Math.floor(this.#scheduler.nowMs + this.#wall.utcOffsetMs);
  }

  monotonicMs(): number {
    return this.#scheduler.nowMs - this.#originMs;
  }
}
