import { SessionTrace, type TransitionTable } from "../../sansio/mod.ts";
import type { ReplayTransition } from "../inspection.ts";

/** A session's steps, as a replay shows them: each with what its table says there. */
export class ReplayTrace<State extends string, Trigger extends string> extends SessionTrace<State, Trigger> {
  readonly #side: string;
  readonly #table: TransitionTable<State, Trigger, string>;
  #steps: ReplayTransition[] = [];

  constructor(side: string, table: TransitionTable<State, Trigger, string>) {
    // Nothing is looked up in the ring: steps are taken after each frame.
    super(1);
    this.#side = side;
    this.#table = table;
  }

  override record(entry: {
    readonly atMs: number;
    readonly from: State;
    readonly trigger: Trigger;
    readonly to: State;
  }): void {
    const rule = this.#table[entry.from][entry.trigger];
    const refused = "refuse" in rule;
    this.#steps.push({ side: this.#side, ...entry, rule: refused ? rule.refuse : rule.action, refused });
  }

  /** The steps since the last call. */
  take(): ReplayTransition[] {
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }
}
