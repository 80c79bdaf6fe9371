/** The paces that agents are asked for. The first step already slows an agent of the usual 10-second interval. */
const STEPS_MS: readonly number[] = [0, 15_000, 30_000, 60_000, 120_000];
/** A store that can't write asks for at least this pace at once: nothing that comes in can be kept. */
const STORE_FAILING_STEP = 2;
/** Share of the queue from which the pace is slowed, step by step, */
const HIGH_WATERMARK = 0.5;
/** and up to which it is lifted. Between the two it stays: a pace that flutters tells agents nothing. */
const LOW_WATERMARK = 0.25;
/** What an agent is told of a store's error; `reason` has room for 256 bytes (spec §4), and a character takes up to four. */
const MAX_ERROR_CHARACTERS = 48;
/** A step needs this long to show; an agent reports once in ten seconds or so. */
const STEP_MS = 10_000;

/** The throttle in force (spec §6.6), from how full the queue is and whether the store writes. */
export class Backpressure {
  #step = 0;
  #steppedAtMs = Number.NEGATIVE_INFINITY;
  #fill = 0;
  #storeError: string | undefined;
  #reason = "";

  /** 0 when nothing is slowed. */
  get throttleDelayMs(): number {
    return STEPS_MS[this.#step]!;
  }

  /** Why, for people; empty when nothing is slowed. */
  get reason(): string {
    return this.#reason;
  }

  /**
   * Takes the state of queue and store in. True when the throttle has changed.
   *
   * @param fill 0 to 1, how full the queue is
   * @param storeError why the store does not write, or nothing when it does
   */
  update(fill: number, storeError: string | undefined, nowMs: number): boolean {
    this.#fill = fill;
    this.#storeError = storeError;
    const step = this.#wanted(nowMs);
    if (step === this.#step) return false;
    this.#step = step;
    this.#steppedAtMs = nowMs;
    this.#reason = step === 0 ? "" : this.#describe();
    return true;
  }

  /** When `update` is due again even if nothing changes, or nothing. */
  nextMs(): number | undefined {
    const canRise = this.#fill >= HIGH_WATERMARK && this.#step < STEPS_MS.length - 1;
    const canFall = this.#fill <= LOW_WATERMARK && this.#step > this.#floor();
    return canRise || canFall ? this.#steppedAtMs + STEP_MS : undefined;
  }

  #floor(): number {
    return this.#storeError === undefined ? 0 : STORE_FAILING_STEP;
  }

  #wanted(nowMs: number): number {
    const floor = this.#floor();
    if (this.#step < floor) return floor;
    // The first step up comes at once, every other one only when the last has had time to show.
    const mayRise = this.#step === 0 || nowMs - this.#steppedAtMs >= STEP_MS;
    if (this.#fill >= HIGH_WATERMARK && mayRise) return Math.min(this.#step + 1, STEPS_MS.length - 1);
    const mayFall = nowMs - this.#steppedAtMs >= STEP_MS;
    if (this.#fill <= LOW_WATERMARK && mayFall) return Math.max(this.#step - 1, floor);
    return this.#step;
  }

  #describe(): string {
    if (this.#storeError !== undefined)
      return `the store can't write: ${this.#storeError.slice(0, MAX_ERROR_CHARACTERS)}`;
    if (this.#fill >= HIGH_WATERMARK) return `the queue is ${Math.round(this.#fill * 100)} % full`;
    return "recovering";
  }
}
