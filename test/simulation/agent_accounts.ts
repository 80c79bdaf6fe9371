import type { Env } from "./env.ts";
import { type Entry, type Ledger, name } from "./ledger.ts";
import type { SpoolAudit } from "./spool_audit.ts";

/** What an outbox in memory counts for each entry beside its payload. */
const ENTRY_OVERHEAD_BYTES = 512;

/** What the accounts of one machine are made of. */
export interface AccountOptions {
  readonly env: Env;
  readonly ledger: Ledger;
  readonly agentId: string;
  readonly name: string;
  /** Bound of an outbox in memory. */
  readonly outboxBytes: number;
  /** There when the agent keeps a spool. */
  readonly audit: SpoolAudit | undefined;
}

/**
 * Every snapshot that the agent of one machine has taken and whose end is not known, over all lives of its process,
 * counted beside the agent's own count.
 */
export class AgentAccounts {
  readonly #o: AccountOptions;
  readonly #unsettled = new Map<string, Entry>();
  /** What has ended, and a crash made its agent forget that: it comes once more. */
  readonly #again = new Map<string, Entry>();
  #outboxBytes = 0;
  #sequence = 0;
  /** A loss of power has damaged the spool: how many are left is only known once all was read. */
  #isDamaged = false;

  constructor(options: AccountOptions) {
    this.#o = options;
  }

  get unsettled(): number {
    return this.#unsettled.size + this.#again.size;
  }

  sampled(snapshotId: Uint8Array, payload: Uint8Array): void {
    const { ledger, agentId, name } = this.#o;
    const entry = ledger.sampled(snapshotId, agentId, name, this.#sequence++, payload);
    this.#unsettled.set(entry.hex, entry);
    this.#outboxBytes += outboxBytesOf(entry);
  }

  /** The agent says that it survives a crash. */
  spooled(snapshotId: Uint8Array): void {
    const entry = this.#o.ledger.find(snapshotId);
    if (entry !== undefined && (entry.spoolCopies > 0 || entry.fate !== "kept" || entry.isLetGo)) return;
    const what = entry === undefined ? "a snapshot" : name(entry);
    this.#o.env.violate("what is spooled is kept", `${what} is said to be spooled; the disk does not have it`);
  }

  settle(snapshotId: Uint8Array, fate: "stored" | "dropped" | "refused"): void {
    const { env, ledger, name } = this.#o;
    const entry = ledger.find(snapshotId);
    if (entry !== undefined && this.#unsettled.delete(entry.hex)) {
      this.#outboxBytes -= outboxBytesOf(entry);
      ledger.settle(entry, fate);
    } else if (entry === undefined || !this.#again.delete(entry.hex)) {
      env.violate("every snapshot ends once", `${name} was told ${fate} of what it does not keep`);
      return;
    }
    if (fate === "stored") ledger.promised(entry, `${name}'s session`);
  }

  /** Its spool has let go of what its disk would not even name. */
  lostUnread(): void {
    for (const entry of [...this.#unsettled.values()]) {
      if (!entry.isLetGo) continue;
      this.#unsettled.delete(entry.hex);
      this.#outboxBytes -= outboxBytesOf(entry);
      this.#o.ledger.settle(entry, "dropped");
    }
    for (const entry of this.#again.values()) if (entry.isLetGo) this.#again.delete(entry.hex);
  }

  /** Nobody promises the place in the order of what is on its way now. */
  displace(): void {
    this.#o.ledger.displace(this.#unsettled.values());
  }

  /** The process is gone. What a spool gives back to the next life is not lost. */
  ended(): void {
    this.#again.clear();
    if (this.#o.audit !== undefined) return;
    for (const entry of this.#unsettled.values()) this.#o.ledger.settle(entry, "lost");
    this.#unsettled.clear();
    this.#outboxBytes = 0;
  }

  /** The process has ended by itself, and its disk has taken all that it had. */
  closed(): void {
    const { env, audit } = this.#o;
    if (audit === undefined) return;
    for (const entry of this.#unsettled.values()) {
      if (entry.spoolCopies === 0 && !entry.isLetGo) {
        env.violate("what is spooled is kept", `${name(entry)} is not in the spool that was closed with it`);
      }
    }
  }

  /** It has sent everything, and its disk was good to the end: nothing is left to come again. */
  checkEmpty(): void {
    const { env, audit } = this.#o;
    const left = audit?.unended().filter(({ fate }) => fate === "stored" || fate === "refused") ?? [];
    if (left.length === 0) return;
    env.violate("every snapshot ends once", `${name(left[0]!)} has ended, and the spool that was closed keeps it`);
  }

  /**
   * A new life has opened its spool.
   *
   * @param size how many it says it has
   */
  recovered(size: number, isDamaged: boolean): void {
    const { env, ledger, audit } = this.#o;
    const there = audit!.unended();
    this.#isDamaged = isDamaged;
    if (!isDamaged && size !== there.length) {
      env.violate("what is spooled is kept", `${this.#o.name} finds ${size} of the ${there.length} in its spool`);
    }
    const left = new Map(this.#unsettled);
    this.#unsettled.clear();
    this.#outboxBytes = 0;
    for (const entry of there) {
      if (left.delete(entry.hex)) {
        this.#unsettled.set(entry.hex, entry);
        this.#outboxBytes += outboxBytesOf(entry);
        continue;
      }
      this.#again.set(entry.hex, entry);
      env.counts.add(`again after it was ${entry.fate}`);
      // What was given up has lost its place.
      if (entry.fate !== "stored") entry.isDisplaced = true;
    }
    for (const entry of left.values()) {
      if (entry.spoolCopies > 0) {
        env.violate("every snapshot ends once", `${name(entry)} has ended in the spool, and its agent did not say so`);
      }
      ledger.settle(entry, entry.isLetGo ? "dropped" : "lost");
    }
  }

  /** @param queued how many the agent says it keeps */
  check(queued: number): void {
    const { env, audit, name, outboxBytes } = this.#o;
    if (audit === undefined) {
      env.counts.max("max outbox bytes", this.#outboxBytes);
      if (this.#outboxBytes > outboxBytes) {
        const held = `${name} keeps ${this.#outboxBytes} of ${outboxBytes} bytes`;
        env.violate("every buffer is within its limit", held);
      }
    }
    if (queued !== this.unsettled && !this.#isDamaged) {
      const counts = `${name} says it keeps ${queued} snapshots, and ${this.unsettled} have no end yet`;
      env.violate("every snapshot ends once", counts);
    }
  }
}

function outboxBytesOf({ payload }: Entry): number {
  return payload.buffer.byteLength + ENTRY_OVERHEAD_BYTES;
}
