import { idKey } from "../protocols/snapshot/ids.ts";

/** One encoded snapshot that is not stored yet. */
export interface OutboxEntry {
  /** 16 bytes. */
  readonly snapshotId: Uint8Array;
  /** The encoded snapshot, in a buffer of its own: the outbox counts what it keeps alive. */
  readonly payload: Uint8Array;
  readonly processes: number;
  /** When it was sampled, on the clock of the engine's `nowMs`. */
  readonly sampledAtMs: number;
}

/** What an entry takes beside its payload: the objects around it and its places in the map. */
const ENTRY_OVERHEAD_BYTES = 512;

/**
 * Snapshots that are not stored yet, in order and bounded by bytes. Entries wait, then are in flight (the session has
 * them), then are removed. When there is no room the oldest that waits is dropped; only when none but the newest waits
 * must one in flight go, because dropping that one wastes what was sent of it.
 */
export class Outbox {
  readonly #maxBytes: number;
  /** Both in order of age; everything in flight is older than everything that waits. */
  readonly #inFlight: Map<string, OutboxEntry> = new Map();
  readonly #waiting: Map<string, OutboxEntry> = new Map();
  #bytes = 0;

  /** @param maxBytes bound of payloads and what surrounds them */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** How many snapshots it holds. */
  get size(): number {
    return this.#inFlight.size + this.#waiting.size;
  }

  /** What it holds, with 512 bytes for each entry. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds the newest snapshot. @returns what had to go for it, and whether the session has it; maybe the new one itself */
  add(entry: OutboxEntry): { readonly entry: OutboxEntry; readonly inFlight: boolean }[] {
    const dropped: { entry: OutboxEntry; inFlight: boolean }[] = [];
    if (entryBytes(entry) > this.#maxBytes) return [{ entry, inFlight: false }];
    while (this.#bytes + entryBytes(entry) > this.#maxBytes) {
      const waiting = first(this.#waiting);
      const oldest = waiting ?? first(this.#inFlight)!;
      this.remove(oldest.snapshotId);
      dropped.push({ entry: oldest, inFlight: waiting === undefined });
    }
    this.#waiting.set(idKey(entry.snapshotId), entry);
    this.#bytes += entryBytes(entry);
    return dropped;
  }

  /** The oldest that waits is now in flight; nothing when none waits. */
  takeWaiting(): OutboxEntry | undefined {
    const entry = first(this.#waiting);
    if (entry === undefined) return undefined;
    const key = idKey(entry.snapshotId);
    this.#waiting.delete(key);
    this.#inFlight.set(key, entry);
    return entry;
  }

  /** Removes a snapshot that was stored, refused or dropped; nothing when it is not (or no longer) there. */
  remove(snapshotId: Uint8Array): OutboxEntry | undefined {
    const key = idKey(snapshotId);
    const entry = this.#inFlight.get(key) ?? this.#waiting.get(key);
    if (entry === undefined) return undefined;
    this.#inFlight.delete(key);
    this.#waiting.delete(key);
    this.#bytes -= entryBytes(entry);
    return entry;
  }
}

function first(entries: ReadonlyMap<string, OutboxEntry>): OutboxEntry | undefined {
  for (const entry of entries.values()) return entry;
  return undefined;
}

function entryBytes(entry: OutboxEntry): number {
  return entry.payload.buffer.byteLength + ENTRY_OVERHEAD_BYTES;
}
