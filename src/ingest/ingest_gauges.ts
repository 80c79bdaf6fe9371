import type { Admission } from "./admission.ts";
import type { Backpressure } from "./backpressure.ts";
import type { ConnectionTable } from "./connection_table.ts";
import type { DedupeIndex } from "./dedupe_index.ts";
import { gauge, type MetricFamily } from "./metrics.ts";
import type { SnapshotQueue } from "./snapshot_queue.ts";

/** The parts of the engine that gauges look at. */
export interface GaugeSources {
  readonly connections: ConnectionTable;
  readonly admission: Admission;
  readonly index: DedupeIndex;
  readonly queue: SnapshotQueue;
  readonly backpressure: Backpressure;
  readonly storeError: string | undefined;
}

/** What the engine holds now. */
export function ingestGauges(sources: GaugeSources): MetricFamily[] {
  const { connections, admission, index, queue, backpressure, storeError } = sources;
  return [
    gauge("tidewire_connections", "Connections open now.", connections.size),
    gauge("tidewire_half_open_connections", "TLS handshakes, and connections without an agent.", admission.halfOpen),
    gauge("tidewire_remembered_addresses", "Addresses whose handshakes are counted.", admission.addresses),
    gauge("tidewire_remembered_agents", "Agents whose stored ids are remembered.", index.size),
    gauge("tidewire_forgotten_agents", "Agents whose stored ids made room for others.", index.evictedAgents),
    gauge("tidewire_queue_snapshots", "Snapshots not yet durable.", queue.snapshots),
    gauge("tidewire_queue_bytes", "Bytes of frames not yet durable.", queue.bytes),
    gauge("tidewire_reassembly_bytes", "Bytes of unfinished frames and snapshots.", connections.heldBytes),
    gauge("tidewire_throttle_delay_seconds", "The pace asked for.", backpressure.throttleDelayMs / 1_000),
    gauge("tidewire_store_failing", "1 while the store does not write.", storeError === undefined ? 0 : 1),
  ];
}
