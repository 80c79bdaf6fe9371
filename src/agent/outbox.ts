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

/** A snapshot that had to go. */
export interface DroppedEntry {
  readonly entry: Pick<OutboxEntry, "snapshotId">;
  /** The session has it: it is to be told to forget it. */
  readonly inFlight: boolean;
}

/** What an outbox does by itself, between two calls. */
export type OutboxNews =
  | { readonly type: "dropped"; readonly dropped: DroppedEntry }
  /** From here on it survives the end of the agent's process, and of the machine. */
  | { readonly type: "spooled"; readonly snapshotId: Uint8Array }
  /** It was refused by a server and is kept aside. */
  | { readonly type: "quarantined"; readonly snapshotId: Uint8Array }
  | { readonly type: "spoolFailed"; readonly reason: string }
  | { readonly type: "spoolRecovered" }
  /** So many can't be read back. Their file is kept for another start, as long as there is room. */
  | { readonly type: "spoolSetAside"; readonly file: string; readonly snapshots: number }
  /** So many that can't be read back had to go. */
  | { readonly type: "spoolLost"; readonly snapshots: number };

/** Snapshots that are not stored yet, in order and bounded: in memory ({@linkcode Outbox}), or on disk as well (`Spool`). */
export interface SnapshotOutbox {
  /** How many snapshots it holds. */
  readonly size: number;
  /** What it holds outlives the agent. */
  readonly isDurable: boolean;
  /** Adds the newest snapshot. @returns what had to go for it, maybe the new one itself */
  add(entry: OutboxEntry, nowMs: number): readonly DroppedEntry[];
  /** The oldest that waits is now in flight; nothing when none can be sent now. */
  takeWaiting(nowMs: number): OutboxEntry | undefined;
  /** Removes a snapshot that was stored, or refused for a reason; nothing when it is not (or no longer) there. */
  remove(
    snapshotId: Uint8Array,
    refusal?: { readonly errorName: string; readonly detail: string },
  ): OutboxEntry | undefined;
  nextNews(): OutboxNews | undefined;
  /** When it is to be called; nothing while it waits for nobody. */
  nextTimeoutMs(): number | undefined;
  onTimeout(nowMs: number): void;
  /** The machine's clock was set. */
  setUtcOffset(utcOffsetMs: number): void;
}

/** What an entry takes beside its payload: the objects around it and its places in the map. */
const ENTRY_OVERHEAD_BYTES = 512;

/**
 * Snapshots that are not stored yet, in order and bounded by bytes. Entries wait, then are in flight (the session has
 * them), then are removed. When there is no room the oldest that waits is dropped; only when none but the newest waits
 * must one in flight go, because dropping that one wastes what was sent of it.
 */
export class Outbox implements SnapshotOutbox {
  readonly isDurable = false;
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

  /** What it drops it says at once. */
  nextNews(): undefined {}

  /** Waits for nothing. */
  nextTimeoutMs(): undefined {}

  onTimeout(): void {}

  setUtcOffset(): void {}

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
