/** Whole snapshots of one connection that are not answered for good yet. */
import { idKey } from "./ids.ts";

/**
 * Ids under which a snapshot came again while it waited, beside its own. An agent keeps the ids of its frames on a
 * connection (spec §6.4), so this is for others; what is over it stays unanswered.
 */
const MAX_OTHER_IDS = 1_024;
/** What an id takes as a key and as bytes. */
const ID_ENTRY_BYTES = 128;

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
  #ids = 0;
  #otherIds = 0;

  get size(): number {
    return this.#byKey.size;
  }

  get(snapshotId: Uint8Array): PendingSnapshot | undefined {
    return this.#byKey.get(idKey(snapshotId));
  }

  /** Memory that the ids take. */
  get heldBytes(): number {
    return this.#ids * ID_ENTRY_BYTES;
  }

  add(snapshotId: Uint8Array, messageIds: readonly Uint8Array[], wasAcknowledged: boolean): void {
    const byKey = new Map(messageIds.map((id) => [idKey(id), id]));
    this.#byKey.set(idKey(snapshotId), { snapshotId, messageIds: byKey, wasAcknowledged });
    this.#ids += byKey.size;
  }

  /** A message that brought a snapshot again: it is answered with the others. */
  addMessage({ messageIds }: PendingSnapshot, messageId: Uint8Array): void {
    const key = idKey(messageId);
    if (messageIds.has(key) || this.#otherIds === MAX_OTHER_IDS) return;
    messageIds.set(key, messageId.slice());
    this.#ids++;
    this.#otherIds++;
  }

  /** Takes a snapshot out, with the ids that are to be answered. */
  remove(snapshotId: Uint8Array): PendingSnapshot | undefined {
    const key = idKey(snapshotId);
    const pending = this.#byKey.get(key);
    this.#byKey.delete(key);
    this.#ids -= pending?.messageIds.size ?? 0;
    if (this.#byKey.size === 0) this.#otherIds = 0;
    return pending;
  }

  clear(): void {
    this.#byKey.clear();
    this.#ids = 0;
    this.#otherIds = 0;
  }
}
