import type { Compressor } from "../../src/ports/mod.ts";
import type { Env } from "./env.ts";
import { FileAudit, type Stood } from "./file_audit.ts";
import { type Entry, type Ledger, name } from "./ledger.ts";
import { snapshotAt } from "./stored_frames.ts";
import type { VirtualFile } from "./virtual_folder.ts";

interface StoredRecord extends Stood {
  readonly entry: Entry;
}

/**
 * Reads what is durable in the store, with none of its own code: frame after frame, each record compared byte for byte
 * with what its agent has sampled.
 */
export class StoreAudit extends FileAudit<StoredRecord> {
  readonly #env: Env;
  readonly #ledger: Ledger;
  readonly #compressor: Compressor;

  constructor(env: Env, ledger: Ledger, compressor: Compressor) {
    super();
    this.#env = env;
    this.#ledger = ledger;
    this.#compressor = compressor;
  }

  protected recordAt(file: VirtualFile, at: number): StoredRecord | undefined {
    const found = snapshotAt(file.bytes, at, this.#compressor);
    if (found === undefined) return undefined;
    const entry = this.#ledger.find(found.snapshotId);
    if (entry === undefined || entry.agentId !== found.agentId) {
      this.#env.violate("what is stored was sent", `${file.name} at ${at} holds a snapshot that no agent has sent`);
      return undefined;
    }
    if (Buffer.compare(found.payload, entry.payload) !== 0) {
      this.#env.violate("what is stored was sent", `${name(entry)} in ${file.name} is not what its agent sampled`);
    }
    return { entry, end: found.end };
  }

  protected came({ entry }: StoredRecord, where: string): void {
    this.#ledger.copied(entry, where);
  }

  protected cut({ entry }: StoredRecord, why: string): void {
    this.#ledger.uncopied(entry, why);
  }

  /** Retention may do that, nobody else. */
  protected removedByOwner(_file: VirtualFile, records: readonly StoredRecord[]): void {
    for (const { entry } of records) this.#ledger.retired(entry);
  }
}
