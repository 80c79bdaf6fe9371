import type { DedupeWindow } from "../sansio/mod.ts";
import type { Connection } from "./connection.ts";
import type { DedupeIndex } from "./dedupe_index.ts";

/** An agent that is connected or has snapshots on their way to the store. */
export interface Agent {
  readonly agentId: string;
  /** What it had stored. */
  readonly known: DedupeWindow;
  /** Its one living connection (spec §6.8). */
  connection: Connection | undefined;
  /** Keys of its snapshots that wait for the store. */
  readonly pending: Set<string>;
  pendingBytes: number;
}

/** The agents that matter now; their dedupe windows are pinned meanwhile. */
export class AgentTable {
  readonly #index: DedupeIndex;
  readonly #agents = new Map<string, Agent>();

  constructor(index: DedupeIndex) {
    this.#index = index;
  }

  /** The agent of that id. */
  enter(agentId: string): Agent {
    let agent = this.#agents.get(agentId);
    if (agent === undefined) {
      agent = {
        agentId,
        known: this.#index.pin(agentId),
        connection: undefined,
        pending: new Set(),
        pendingBytes: 0,
      };
      this.#agents.set(agentId, agent);
    }
    return agent;
  }

  /** Forgets an agent that has neither a connection nor anything on its way. */
  leave(agent: Agent): void {
    if (agent.connection !== undefined || agent.pending.size > 0 || this.#agents.get(agent.agentId) !== agent) return;
    this.#agents.delete(agent.agentId);
    this.#index.release(agent.agentId);
  }

  values(): IterableIterator<Agent> {
    return this.#agents.values();
  }
}
