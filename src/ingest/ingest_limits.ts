import { MAX_SNAPSHOT_BYTES } from "../protocols/snapshot/wire.ts";

/** Bounds of what peers can make the server hold, and the pace of its batches. */
export interface IngestLimits {
  /** Connections at a time; the next one is turned away. */
  readonly maxConnections: number;
  /** Of them, and of TLS handshakes under way, those whose agent is not let in yet. */
  readonly maxHalfOpen: number;
  /** Handshakes a minute that one address may begin, and as many at once after a pause. */
  readonly addressHandshakes: number;
  /** Handshakes a minute of one address that may fail; beyond it the address is turned away until it has paused. */
  readonly addressFailures: number;
  /** Addresses whose handshakes are counted; the one that was quiet for longest is forgotten first. */
  readonly maxAddresses: number;
  /** Agents whose stored ids are remembered, connected or not. */
  readonly maxRememberedAgents: number;
  /** A batch closes with this many snapshots, */
  readonly maxBatchSnapshots: number;
  /** or before it would pass this many bytes (a single larger snapshot is a batch of its own), */
  readonly maxBatchBytes: number;
  /** or when its first snapshot has waited this long. */
  readonly maxBatchDelayMs: number;
  /** Frames that wait for the store, the batch under way included. */
  readonly maxQueueBytes: number;
  /** Snapshots that wait for the store, the batch under way included. */
  readonly maxQueueSnapshots: number;
  /** What one agent may have in the queue; one snapshot is always let in. */
  readonly maxAgentQueueBytes: number;
  /** Unfinished frames and snapshots of all connections together. */
  readonly maxReassemblyBytes: number;
}

/** The limits in force when nothing else is asked for. */
export const DEFAULT_INGEST_LIMITS: IngestLimits = {
  // A connection costs its host a read buffer of 16 KiB: 160 MB when all are taken.
  maxConnections: 10_000,
  // A handshake takes a few milliseconds and may take 10 s: 2,048 let a fleet of 10,000 come back within seconds, and cost
  // a host at most 100 MB.
  maxHalfOpen: 2_048,
  // A whole fleet behind one address (a balancer, NAT) may come back at once; a flood costs a tenth of a core.
  addressHandshakes: 10_000,
  // A person who sets an agent up fails a few times a minute, an agent that is set up wrong twice.
  addressFailures: 120,
  // About 300 bytes each.
  maxAddresses: 16_384,
  // 20 KB an agent once its window of 1,024 ids is full: 400 MB at the worst.
  maxRememberedAgents: 20_000,
  // The disk gains nothing from more than this in one sync, and an acknowledgement waits for all of it.
  maxBatchSnapshots: 512,
  maxBatchBytes: 8 * 1024 * 1024,
  // A sync costs the same for one snapshot as for ten: at 100 a second this makes 17 syncs of them, and saves a fifth of
  // the processor. A batch under load is full long before.
  maxBatchDelayMs: 50,
  // Ten thousand snapshots of 6 KB: half a second of the full rate, or a minute and a half of 1,000 agents while a disk
  // is stuck. What is turned away beyond it is kept by the agents, so more would only be lost in a crash.
  maxQueueBytes: 64 * 1024 * 1024,
  // Small snapshots cost more in objects than in bytes; about 500 bytes each.
  maxQueueSnapshots: 65_536,
  // The largest snapshot there is, and never the whole queue.
  maxAgentQueueBytes: MAX_SNAPSHOT_BYTES,
  // Eight agents that send the largest snapshot at once. The bound of one agent is the session's (spec §6.7).
  maxReassemblyBytes: 8 * MAX_SNAPSHOT_BYTES,
};
