import { Counter, type MetricFamily } from "./metrics.ts";

/** What the engine counts. Every drop, refusal and error has its reason as a label. */
export class IngestMetrics {
  readonly connectionsOpened: Counter = new Counter("tidewire_connections_opened_total", "Connections taken in.");
  readonly connectionsRefused: Counter = new Counter(
    "tidewire_connections_refused_total",
    "Connections turned away, by reason.",
    "reason",
  );
  readonly connectionsClosed: Counter = new Counter(
    "tidewire_connections_closed_total",
    "Connections that ended, by reason.",
    "reason",
  );
  readonly tlsFailures: Counter = new Counter(
    "tidewire_tls_failures_total",
    "TLS handshakes that came to nothing, by reason.",
    "reason",
  );
  readonly handshakesFailed: Counter = new Counter(
    "tidewire_handshakes_failed_total",
    "Connections that ended before their agent was let in, by error code.",
    "reason",
  );
  readonly handshakes: Counter = new Counter("tidewire_handshakes_total", "Agents let in.");
  readonly agentsReplaced: Counter = new Counter(
    "tidewire_agents_replaced_total",
    "Connections closed because another one came with the same agent id.",
  );
  readonly receivedBytes: Counter = new Counter("tidewire_received_bytes_total", "Bytes read from agents.");
  readonly sentBytes: Counter = new Counter("tidewire_sent_bytes_total", "Bytes given out for agents.");
  readonly heartbeats: Counter = new Counter("tidewire_heartbeats_total", "Heartbeats from agents.");
  readonly agentDropped: Counter = new Counter(
    "tidewire_agent_dropped_snapshots_total",
    "Snapshots that agents say they dropped before they could be sent.",
  );
  readonly snapshotsReceived: Counter = new Counter(
    "tidewire_snapshots_received_total",
    "Whole, valid, new snapshots.",
  );
  readonly snapshotsStored: Counter = new Counter("tidewire_snapshots_stored_total", "Snapshots made durable.");
  readonly storedBytes: Counter = new Counter("tidewire_stored_bytes_total", "Bytes of frames made durable.");
  readonly snapshotsDuplicate: Counter = new Counter(
    "tidewire_snapshots_duplicate_total",
    "Snapshots that came in again, by where the first one stands.",
    "state",
  );
  readonly snapshotsRefused: Counter = new Counter(
    "tidewire_snapshots_refused_total",
    "Snapshots refused for good, by error code.",
    "reason",
  );
  readonly snapshotsDropped: Counter = new Counter(
    "tidewire_snapshots_dropped_total",
    "Snapshots left unanswered, so that their agents send them again, by reason.",
    "reason",
  );
  readonly protocolErrors: Counter = new Counter(
    "tidewire_protocol_errors_total",
    "What peers did wrong, by error code.",
    "reason",
  );
  readonly unknownExtensions: Counter = new Counter(
    "tidewire_unknown_extensions_total",
    "Extensions skipped because this version does not know them.",
  );
  readonly batchesStored: Counter = new Counter("tidewire_batches_stored_total", "Batches made durable.");
  readonly storeFailures: Counter = new Counter("tidewire_store_failures_total", "Attempts to store that failed.");
  readonly storeSeconds: Counter = new Counter(
    "tidewire_store_seconds_total",
    "Time batches spent with the store; over batches stored it is the mean.",
  );
  readonly throttleChanges: Counter = new Counter("tidewire_throttle_changes_total", "Changes of the throttle.");

  families(): MetricFamily[] {
    return Object.values(this).map((counter: Counter) => counter.family());
  }
}
