/** Whole snapshots of one connection that are not answered for good yet. */
import { idKey } from "./ids.ts";

/** A snapshot that waits for its store. */
export interface PendingSnapshot {
  readonly snapshotId: Uint8Array;
  /** Of every message that brought it, or a part of it, on this connection. */
  readonly messageIds: Map<string, Uint8Array>;
  /** True when a part of it was acknowledged as received: only a reconnect brings that part again (spec §6.3). */
  readonly wasAcknowledged: boolean;
}

/** By snapshot id; the session bounds how many there are. */
export class PendingSnapshots {
  readonly #byKey = new Map<string, PendingSnapshot>();

  get size(): number {
    return this.#byKey.size;
  }

  get(snapshotId: Uint8Array): PendingSnapshot | undefined {
    return this.#byKey.get(idKey(snapshotId));
  }

  add(snapshotId: Uint8Array, messageIds: readonly Uint8Array[], wasAcknowledged: boolean): void {
    const byKey = new Map(messageIds.map((id) => [idKey(id), id]));
    this.#byKey.set(idKey(snapshotId), { snapshotId, messageIds: byKey, wasAcknowledged });
  }

  /** Takes a snapshot out, with the ids that are to be answered. */
  remove(snapshotId: Uint8Array): PendingSnapshot | undefined {
    const key = idKey(snapshotId);
    const pending = this.#byKey.get(key);
    this.#byKey.delete(key);
    return pending;
  }

  clear(): void {
    this.#byKey.clear();
  }
}
