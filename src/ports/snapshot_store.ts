/** One snapshot to store: its frames as they came in, and what the store needs to know about them. */
export interface SnapshotRecord {
  readonly agentId: string;
  /** 16 bytes. */
  readonly snapshotId: Uint8Array;
  /** One frame, or one for each part, in part order. */
  readonly frames: readonly Uint8Array[];
  /** The sum of the frames' lengths. */
  readonly frameBytes: number;
}

/** Keeps snapshots, each once; the caller has removed duplicates. */
export interface SnapshotStore {
  /**
   * Appends a batch. Resolves when every record of it is durable; rejects when it is not known that all are, and
   * then none may be acknowledged. Only one append runs at a time; the caller sees to that. A batch that failed may be
   * appended again: a store cuts back what a failed append left behind before it writes on.
   */
  append(batch: readonly SnapshotRecord[]): Promise<void>;
  /**
   * The ids of what is stored, oldest first, as far back as the store keeps them: the dedupe index is rebuilt from this
   * at start.
   */
  storedIds(): AsyncIterable<StoredId>;
  /** Closes the store after the append under way. Idempotent. */
  close(): Promise<void>;
}

/** Which snapshot of which agent is stored. */
export interface StoredId {
  readonly agentId: string;
  /** 16 bytes. */
  readonly snapshotId: Uint8Array;
}
