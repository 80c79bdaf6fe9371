import { idHex } from "../protocols/snapshot/mod.ts";
import type { IngestEvent } from "./ingest_event.ts";
import type { PendingSnapshot } from "./snapshot_queue.ts";

/** @param utcMs when it became durable */
export function storedEvent(record: PendingSnapshot, utcMs: number): IngestEvent {
  const { agentId, snapshotId, processes, frameBytes, windowEndMs } = record;
  return {
    type: "stored",
    agentId,
    snapshotId: idHex(snapshotId),
    processes,
    wireBytes: frameBytes,
    latencyMs: Math.round(utcMs - windowEndMs),
  };
}
