import type { IngestEvent } from "../../src/ingest/mod.ts";
import type { Env } from "./env.ts";
import type { Ledger } from "./ledger.ts";
import type { Link } from "./link.ts";

/**
 * An agent that drops a snapshot on its way has room for another one, and the server has not yet: what is over comes again
 * by itself, a little later than it might.
 */
const WINDOW_EXCEEDED = "snapshot/window-exceeded";

/** Holds what a server says against what is so. */
export class ServerWatch {
  readonly #env: Env;
  readonly #ledger: Ledger;
  readonly #label: string;

  constructor(env: Env, ledger: Ledger, label: string) {
    this.#env = env;
    this.#ledger = ledger;
    this.#label = label;
  }

  take(event: IngestEvent, linkAt: (remoteAddress: string) => Link | undefined): void {
    const env = this.#env;
    env.note(this.#label, () => JSON.stringify(event));
    switch (event.type) {
      case "stored": {
        const entry = this.#ledger.find(Buffer.from(event.snapshotId, "hex"));
        if (entry !== undefined) this.#ledger.promised(entry, this.#label);
        return;
      }
      case "agentReplaced":
      case "queueFull":
      case "throttle":
        env.counts.add(event.type);
        return;
      case "protocolError":
        if (event.code === WINDOW_EXCEEDED) {
          env.counts.add("window exceeded");
          linkAt(event.remoteAddress)?.onDisplaced();
          return;
        }
        env.counts.add("bad frames");
        if (linkAt(event.remoteAddress)?.isCorrupted === false) {
          env.violate("honest peers find no fault", `${this.#label} of ${event.remoteAddress}: ${event.message}`);
        }
    }
  }
}
