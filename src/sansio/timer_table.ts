/** A timer that is set. */
export interface Timer {
  readonly name: string;
  readonly atMs: number;
}

/**
 * The timers of one session, by name. At most one deadline a name; `Infinity` stands for "not set", so the next
 * deadline is a plain minimum.
 *
 * @example
 * ```ts
 * import { TimerTable } from "tidewire/sansio";
 * const timers = new TimerTable(["ack", "idle"] as const);
 * timers.set("ack", 2_000);
 * timers.nextMs(); // 2000
 * timers.takeExpired(2_500); // "ack"
 * ```
 */
export class TimerTable<Name extends string> {
  readonly #names: readonly Name[];
  readonly #atMs: Float64Array;

  constructor(names: readonly Name[]) {
    this.#names = names;
    this.#atMs = new Float64Array(names.length).fill(Number.POSITIVE_INFINITY);
  }

  /** Sets or moves the deadline of a timer. */
  set(name: Name, atMs: number): void {
    this.#atMs[this.#names.indexOf(name)] = atMs;
  }

  clear(name: Name): void {
    this.set(name, Number.POSITIVE_INFINITY);
  }

  clearAll(): void {
    this.#atMs.fill(Number.POSITIVE_INFINITY);
  }

  /** The deadline of a timer, or nothing when it is not set. */
  at(name: Name): number | undefined {
    const atMs = this.#atMs[this.#names.indexOf(name)]!;
    return atMs === Number.POSITIVE_INFINITY ? undefined : atMs;
  }

  /** Every timer that is set, in the order of their names. */
  entries(): Timer[] {
    const all = this.#names.map((name, i) => ({ name, atMs: this.#atMs[i]! }));
    return all.filter(({ atMs }) => atMs !== Number.POSITIVE_INFINITY);
  }

  /** The earliest deadline, or nothing. */
  nextMs(): number | undefined {
    let next = Number.POSITIVE_INFINITY;
    for (const atMs of this.#atMs) if (atMs < next) next = atMs;
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  /** Clears and names the earliest timer that is due, or nothing. */
  takeExpired(nowMs: number): Name | undefined {
    let earliest = -1;
    for (let i = 0; i < this.#atMs.length; i++) {
      if (this.#atMs[i]! <= nowMs && (earliest < 0 || this.#atMs[i]! < this.#atMs[earliest]!)) earliest = i;
    }
    if (earliest < 0) return undefined;
    this.#atMs[earliest] = Number.POSITIVE_INFINITY;
    return this.#names[earliest];
  }
}
