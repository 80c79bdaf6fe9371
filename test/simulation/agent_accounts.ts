import type { Env } from "./env.ts";
import type { Entry, Ledger } from "./ledger.ts";

/** What the outbox counts for each entry beside its payload. */
const ENTRY_OVERHEAD_BYTES = 512;

/** Every snapshot that one life of an agent has taken and whose end is not known, counted beside the agent's own count. */
export class AgentAccounts {
  readonly #env: Env;
  readonly #ledger: Ledger;
  readonly #agentId: string;
  readonly #outboxLimit: number;
  readonly #label: string;
  readonly #unsettled = new Map<string, Entry>();
  #outboxBytes = 0;
  #sequence = 0;

  constructor(
    options: { readonly env: Env; readonly ledger: Ledger; readonly agentId: string; readonly outboxBytes: number },
    label: string,
  ) {
    this.#env = options.env;
    this.#ledger = options.ledger;
    this.#agentId = options.agentId;
    this.#outboxLimit = options.outboxBytes;
    this.#label = label;
  }

  get unsettled(): number {
    return this.#unsettled.size;
  }

  sampled(snapshotId: Uint8Array, payload: Uint8Array): void {
    const entry = this.#ledger.sampled(snapshotId, this.#agentId, this.#label, this.#sequence++, payload);
    this.#unsettled.set(entry.hex, entry);
    this.#outboxBytes += payload.buffer.byteLength + ENTRY_OVERHEAD_BYTES;
  }

  settle(snapshotId: Uint8Array, fate: "stored" | "dropped" | "refused"): void {
    const entry = this.#ledger.find(snapshotId);
    if (entry === undefined || !this.#unsettled.delete(entry.hex)) {
      this.#env.violate("every snapshot ends once", `${this.#label} was told ${fate} of what it does not keep`);
      return;
    }
    this.#outboxBytes -= entry.payload.buffer.byteLength + ENTRY_OVERHEAD_BYTES;
    this.#ledger.settle(entry, fate);
    if (fate === "stored") this.#ledger.promised(entry, `${this.#label}'s session`);
  }

  /** Nobody promises the place in the order of what is on its way now. */
  displace(): void {
    this.#ledger.displace(this.#unsettled.values());
  }

  /** The process is gone. The seam for an outbox on disk: what that gives back to the next life is not lost. */
  giveUp(): void {
    for (const entry of this.#unsettled.values()) this.#ledger.settle(entry, "lost");
    this.#unsettled.clear();
  }

  /** @param queued how many the agent says it keeps */
  check(queued: number): void {
    this.#env.counts.max("max outbox bytes", this.#outboxBytes);
    if (this.#outboxBytes > this.#outboxLimit) {
      const held = `${this.#label} keeps ${this.#outboxBytes} of ${this.#outboxLimit} bytes`;
      this.#env.violate("every buffer is within its limit", held);
    }
    if (queued !== this.#unsettled.size) {
      const counts = `${this.#label} says it keeps ${queued} snapshots, and ${this.#unsettled.size} have no end yet`;
      this.#env.violate("every snapshot ends once", counts);
    }
  }
}
