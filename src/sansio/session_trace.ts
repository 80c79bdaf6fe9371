/** One step of a session. */
export interface TraceEntry<State extends string, Trigger extends string> {
  readonly atMs: number;
  readonly from: State;
  readonly trigger: Trigger;
  /** The state after the step; the same as `from` when the trigger was refused. */
  readonly to: State;
}

/**
 * The last steps of a session, in a ring: what an engineer wants to see when a session ended somewhere strange.
 *
 * @example
 * ```ts
 * import { SessionTrace } from "tidewire/sansio";
 * const trace = new SessionTrace<"open" | "closed", "close">(64);
 * trace.record({ atMs: 5, from: "open", trigger: "close", to: "closed" });
 * trace.entries().length; // 1
 * ```
 */
export class SessionTrace<State extends string, Trigger extends string> {
  readonly #maxEntries: number;
  readonly #ring: TraceEntry<State, Trigger>[] = [];
  #next = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  record(entry: TraceEntry<State, Trigger>): void {
    this.#ring[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#maxEntries;
  }

  /** Oldest first. */
  entries(): TraceEntry<State, Trigger>[] {
    if (this.#ring.length < this.#maxEntries) return [...this.#ring];
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }
}
