import type { SessionTrace } from "./session_trace.ts";
import type { Rule, TransitionTable } from "./transition_table.ts";

/**
 * Where a session stands in its transition table.
 *
 * @example
 * ```ts
 * import { StateMachine } from "tidewire/sansio";
 * const machine = new StateMachine<"open" | "closed", "close", "finish">({
 *   open: { close: { to: "closed", action: "finish" } },
 *   closed: { close: { refuse: "closed" } },
 * }, "open");
 * machine.step("close", 0); // { to: "closed", action: "finish" }
 * machine.step("close", 1); // { refuse: "closed" }
 * ```
 */
export class StateMachine<State extends string, Trigger extends string, Action extends string> {
  readonly #table: TransitionTable<State, Trigger, Action>;
  readonly #trace: SessionTrace<State, Trigger> | undefined;
  #state: State;

  constructor(table: TransitionTable<State, Trigger, Action>, initial: State, trace?: SessionTrace<State, Trigger>) {
    this.#table = table;
    this.#state = initial;
    this.#trace = trace;
  }

  get state(): State {
    return this.#state;
  }

  /** Takes the way that the table names for `trigger`, or stays where it is when the table refuses. */
  step(trigger: Trigger, nowMs: number): Rule<State, Action> {
    const from = this.#state;
    const rule = this.#table[from][trigger];
    if ("to" in rule) this.#state = rule.to;
    this.#trace?.record({ atMs: nowMs, from, trigger, to: this.#state });
    return rule;
  }
}
