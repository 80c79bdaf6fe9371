import { AgentLife } from "./agent_life.ts";
import type { SimAgentOptions } from "./agent_options.ts";
import type { Link } from "./link.ts";

/** An agent's machine: its process may crash, and is started again. */
export class SimAgent {
  readonly options: SimAgentOptions;
  #lives = 0;
  #life: AgentLife | undefined;

  constructor(options: SimAgentOptions) {
    this.options = options;
  }

  get link(): Link | undefined {
    return this.#life?.link;
  }

  /** Snapshots whose end is not known. */
  get unsettled(): number {
    return this.#life?.unsettled ?? 0;
  }

  get isRunning(): boolean {
    return this.#life !== undefined && !this.#life.isOver;
  }

  start(): void {
    if (!this.isRunning) this.#life = new AgentLife(this.options, ++this.#lives);
  }

  crash(isSilent: boolean): void {
    if (!this.isRunning) return;
    this.options.env.note(this.options.name, () => (isSilent ? "its machine goes down" : "is killed"));
    this.#life!.crash(isSilent);
  }

  /** @param forces whether one that drains already ends at once */
  stop(forces: boolean): void {
    if (this.isRunning && (forces || !this.#life!.isStopping)) this.#life!.stop();
  }

  pause(forMs: number): void {
    if (this.isRunning) this.#life!.pause(forMs);
  }
}
