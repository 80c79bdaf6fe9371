import { idHex, idKey } from "../../src/protocols/snapshot/mod.ts";
import type { Env } from "./env.ts";

/** Where a snapshot has ended, as far as its agent knows. `lost` went with an agent that crashed before it was stored or spooled. */
export type Fate = "kept" | "stored" | "dropped" | "refused" | "lost";

/** One snapshot that an agent has taken. */
export interface Entry {
  readonly hex: string;
  /** The agent's machine, by its name: two may share an id. */
  readonly machine: string;
  readonly agentId: string;
  /** Its place in the order of that machine, over all lives of its process. */
  readonly sequence: number;
  readonly payload: Uint8Array;
  fate: Fate;
  /** Durable copies in the store now. */
  copies: number;
  /** True once a server has said, or an agent has been told, that it is stored. */
  isPromised: boolean;
  /** Its file was removed by the store's own retention. */
  isRetired: boolean;
  /** Something happened to it on its way after which nobody promises its place in the order. */
  isDisplaced: boolean;
  /** Durable copies in its agent's spool. */
  spoolCopies: number;
  /** Its spool has dropped it by policy; its agent may have crashed before it could say so. */
  isLetGo: boolean;
}

/** What became of every snapshot of the fleet. */
export class Ledger {
  readonly #env: Env;
  readonly #byKey = new Map<string, Entry>();
  /** Of each machine, the latest one that became durable. */
  readonly #lastStored = new Map<string, Entry>();
  readonly #fates: Record<Fate, number> = { kept: 0, stored: 0, dropped: 0, refused: 0, lost: 0 };
  /** Distinct snapshots that became durable. */
  stored = 0;

  constructor(env: Env) {
    this.#env = env;
  }

  get entries(): IterableIterator<Entry> {
    return this.#byKey.values();
  }

  count(fate: Fate): number {
    return this.#fates[fate];
  }

  find(snapshotId: Uint8Array): Entry | undefined {
    return this.#byKey.get(idKey(snapshotId));
  }

  sampled(snapshotId: Uint8Array, agentId: string, machine: string, sequence: number, payload: Uint8Array): Entry {
    const key = idKey(snapshotId);
    if (this.#byKey.has(key)) this.#env.violate("ids are unique", `${machine} has used ${idHex(snapshotId)} again`);
    const entry: Entry = {
      hex: idHex(snapshotId),
      machine,
      agentId,
      sequence,
      payload,
      fate: "kept",
      copies: 0,
      isPromised: false,
      isRetired: false,
      isDisplaced: false,
      spoolCopies: 0,
      isLetGo: false,
    };
    this.#byKey.set(key, entry);
    this.#fates.kept++;
    return entry;
  }

  /** A snapshot's fate is final: a second one is a fault of the agent. */
  settle(entry: Entry, fate: Fate): void {
    if (entry.fate !== "kept") {
      this.#env.violate("every snapshot ends once", `${name(entry)} was ${entry.fate}, and is ${fate} now`);
      return;
    }
    this.#fates.kept--;
    this.#fates[fate]++;
    entry.fate = fate;
  }

  /** Somebody says that it is stored: then it must be. */
  promised(entry: Entry, who: string): void {
    entry.isPromised = true;
    if (entry.copies > 0 || entry.isRetired) return;
    this.#env.violate(
      "what is acknowledged is durable",
      `${who} says that ${name(entry)} is stored; the disk does not have it`,
    );
  }

  /** A durable copy has appeared. */
  copied(entry: Entry, where: string): void {
    entry.copies++;
    // What retention has removed is forgotten, may be stored anew, and may even come back with the power.
    if (entry.isRetired) return;
    if (entry.copies > 1) {
      this.#env.violate("nothing is stored twice", `${name(entry)} stands in the store again, in ${where}`);
      return;
    }
    this.stored++;
    const last = this.#lastStored.get(entry.machine);
    if (last !== undefined && last.sequence > entry.sequence && !entry.isDisplaced) {
      this.#env.violate("each agent's order holds", `${name(entry)} was stored after ${name(last)}, in ${where}`);
    }
    if (last === undefined || last.sequence < entry.sequence) this.#lastStored.set(entry.machine, entry);
  }

  /** The store's own retention has removed its file. */
  retired(entry: Entry): void {
    entry.copies--;
    entry.isRetired = true;
  }

  /** A durable copy is gone. */
  uncopied(entry: Entry, why: string): void {
    entry.copies--;
    if (entry.isRetired) return;
    this.stored--;
    if (entry.isPromised && entry.copies === 0) {
      this.#env.violate("what is acknowledged is durable", `${name(entry)} is gone: ${why}`);
    }
    if (this.#lastStored.get(entry.machine) === entry) this.#lastStored.delete(entry.machine);
  }

  /** Nobody promises the place of these any more. */
  displace(entries: Iterable<Entry>): void {
    for (const entry of entries) entry.isDisplaced = true;
  }
}

/** How people read it. */
export function name({ machine, sequence, hex }: Entry): string {
  return `${machine} #${sequence} (${hex.slice(0, 8)}…${hex.slice(-4)})`;
}
