import { SnapshotAssembly } from "./snapshot_assembly.ts";
import { MAX_SNAPSHOT_BYTES } from "./wire.ts";

/** Segments of this many agents are gathered at once; beyond, the agent seen first is let go (a capture is a stream). */
const MAX_AGENTS = 1_024;

/** The unfinished snapshots of a capture, each agent's apart as a server keeps them (spec §6.7). */
export class AgentAssemblies {
  readonly #byAgent = new Map<string, SnapshotAssembly>();

  of(agentId: string): SnapshotAssembly {
    let assembly = this.#byAgent.get(agentId);
    if (assembly === undefined) {
      const [oldest] = this.#byAgent.keys();
      if (this.#byAgent.size === MAX_AGENTS) this.#byAgent.delete(oldest!);
      assembly = new SnapshotAssembly(MAX_SNAPSHOT_BYTES);
      this.#byAgent.set(agentId, assembly);
    }
    return assembly;
  }

  /** The frames of all parts that are here, in an order that makes the same of them. */
  *frames(): Generator<Uint8Array> {
    for (const assembly of this.#byAgent.values()) yield* assembly.frames();
  }
}
