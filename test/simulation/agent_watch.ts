import type { AgentEvent } from "../../src/agent/mod.ts";
import type { AgentAccounts } from "./agent_accounts.ts";
import type { Env } from "./env.ts";
import type { Link } from "./link.ts";

/** Refusals that the protocol allows itself towards an honest agent (spec §6.7). */
const LAWFUL_REFUSALS = new Set(["REASSEMBLY_OVERFLOW"]);

/** Holds what an agent says against what is so. */
export class AgentWatch {
  readonly #env: Env;
  readonly #accounts: AgentAccounts;
  readonly #label: string;

  constructor(env: Env, accounts: AgentAccounts, label: string) {
    this.#env = env;
    this.#accounts = accounts;
    this.#label = label;
  }

  /** @param link its connection, if it has one */
  take(event: AgentEvent, link: Link | undefined): void {
    const env = this.#env;
    const accounts = this.#accounts;
    switch (event.type) {
      case "sampled":
        accounts.sampled(event.snapshotId, event.payload);
        return;
      case "spooled":
        env.counts.add("spooled");
        accounts.spooled(event.snapshotId);
        return;
      case "stored":
      case "dropped":
        accounts.settle(event.snapshotId, event.type);
        return;
      case "spoolLost":
        env.counts.add(event.type);
        accounts.lostUnread();
        return;
      case "spoolSetAside":
      case "spoolFailed":
      case "quarantined":
        env.counts.add(event.type);
        return;
      case "refused":
        accounts.settle(event.snapshotId, "refused");
        env.counts.add(`refused ${event.errorName}`);
        if (!LAWFUL_REFUSALS.has(event.errorName)) {
          env.violate("honest agents are not refused", `${this.#label}: ${event.errorName}: ${event.detail}`);
        }
        return;
      case "protocolError":
        if (link?.isCorrupted === false) {
          env.violate("honest peers find no fault", `${this.#label} on an undamaged link: ${event.error.message}`);
        }
        return;
      case "resent":
        env.counts.add("resent");
    }
  }
}
