import type { SnapshotRecord } from "../ports/mod.ts";
import { idKey } from "../protocols/snapshot/mod.ts";
import type { ServerEvent } from "../protocols/snapshot/session_types.ts";
import type { Agent, AgentTable } from "./agent_table.ts";
import { type Batch, Batcher, type QueuedRecord } from "./batcher.ts";
import type { DropReason } from "./ingest_event.ts";
import type { IngestLimits } from "./ingest_limits.ts";

/** A snapshot on its way to the store. */
export interface PendingSnapshot extends QueuedRecord {
  readonly agent: Agent;
  readonly key: string;
  readonly processes: number;
  readonly windowEndMs: number;
}

/** What waits for the store: each snapshot once, within the bounds of the queue and of each agent. */
export class SnapshotQueue {
  readonly #limits: IngestLimits;
  readonly #agents: AgentTable;
  readonly #batcher: Batcher<PendingSnapshot>;
  #closed = false;

  constructor(limits: IngestLimits, agents: AgentTable) {
    this.#limits = limits;
    this.#agents = agents;
    this.#batcher = new Batcher(limits);
  }

  /** Snapshots not yet durable, those with the store included. */
  get snapshots(): number {
    return this.#batcher.pendingSnapshots;
  }

  /** Bytes of frames not yet durable, those with the store included. */
  get bytes(): number {
    return this.#batcher.pendingBytes;
  }

  /** 0 to 1: how full it is. */
  get fill(): number {
    return Math.max(this.bytes / this.#limits.maxQueueBytes, this.snapshots / this.#limits.maxQueueSnapshots);
  }

  /** Attempts that the store has failed on the batch under way. */
  get failedAttempts(): number {
    return this.#batcher.failures;
  }

  /** Takes a snapshot in, or says that it waits already, or why it can't. */
  offer(agent: Agent, event: ServerEvent & { type: "snapshot" }, nowMs: number): "queued" | "pending" | DropReason {
    const { agentId, snapshotId, frames, frameBytes, processes } = event;
    const key = idKey(snapshotId);
    if (agent.pending.has(key)) return "pending";
    if (this.#closed) return "draining";
    if (!this.#batcher.hasRoom(frameBytes)) return "queue-full";
    const isOver = agent.pendingBytes > 0 && agent.pendingBytes + frameBytes > this.#limits.maxAgentQueueBytes;
    if (isOver) return "agent-queue-full";
    agent.pending.add(key);
    agent.pendingBytes += frameBytes;
    const windowEndMs = Number(event.windowEndMs);
    this.#batcher.add({
      agentId,
      snapshotId,
      frames,
      frameBytes,
      queuedAtMs: nowMs,
      agent,
      key,
      processes,
      windowEndMs,
    });
    return "queued";
  }

  /** Takes nothing more in; what waits goes to the store without waiting for company. */
  close(): void {
    this.#closed = true;
    this.#batcher.flush();
  }

  take(nowMs: number): Batch<SnapshotRecord> | undefined {
    return this.#batcher.take(nowMs);
  }

  nextMs(): number | undefined {
    return this.#batcher.nextMs();
  }

  /** The records of the batch that is durable now; each is to be `release`d. Nothing for an unknown id. */
  stored(batchId: number): readonly PendingSnapshot[] | undefined {
    return this.#batcher.stored(batchId);
  }

  /** How long the failed batch waits for its next attempt. Nothing for an unknown id. */
  failed(batchId: number, nowMs: number): number | undefined {
    return this.#batcher.failed(batchId, nowMs);
  }

  /** Gives up what is not durable. Returns how many snapshots that were. */
  abandon(): number {
    const given = this.#batcher.clear();
    for (const record of given) this.release(record);
    return given.length;
  }

  /** The agent has it no longer pending. */
  release(record: PendingSnapshot): void {
    record.agent.pending.delete(record.key);
    record.agent.pendingBytes -= record.frameBytes;
    this.#agents.leave(record.agent);
  }
}
