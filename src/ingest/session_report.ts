import { idHex } from "../protocols/snapshot/mod.ts";
import type { ServerEvent } from "../protocols/snapshot/session_types.ts";
import type { Connection } from "./connection.ts";
import type { IngestEvent } from "./ingest_event.ts";
import type { IngestMetrics } from "./ingest_metrics.ts";

/** Events that one connection's peer may cause in the log: a log is held by the server too. */
const MAX_TOLD_EVENTS = 20;

/** A session's event that changes nothing beyond the session. */
export type ReportedEvent = Exclude<ServerEvent, { type: "handshake" | "snapshot" | "disconnect" }>;

/** Counts what sessions tell and says what is worth a line in the log. */
export class SessionReport {
  readonly #metrics: IngestMetrics;
  readonly #events: IngestEvent[];

  /** @param events where the lines for the log go */
  constructor(metrics: IngestMetrics, events: IngestEvent[]) {
    this.#metrics = metrics;
    this.#events = events;
  }

  take(connection: Connection, event: ReportedEvent): void {
    const agentId = connection.agent?.agentId;
    switch (event.type) {
      case "duplicate":
        this.#metrics.snapshotsDuplicate.add(1, "stored");
        return;
      case "heartbeat":
        this.#heartbeat(connection, Number(event.payload.droppedSnapshots));
        return;
      case "refused": {
        const { code, message } = event.error;
        const snapshotId = event.snapshotId === undefined ? undefined : idHex(event.snapshotId);
        this.#metrics.snapshotsRefused.add(1, code);
        this.#tell(connection, { type: "refused", agentId, snapshotId, code, message });
        return;
      }
      case "protocolError": {
        const { code, message } = event.error;
        const { remoteAddress } = connection;
        this.#metrics.protocolErrors.add(1, code);
        this.#tell(connection, { type: "protocolError", agentId, remoteAddress, code, message });
        return;
      }
      case "unknownExtensions": {
        const tags = event.extensions.map(({ tag }) => tag).join(",");
        this.#metrics.unknownExtensions.add(event.extensions.length);
        this.#tell(connection, { type: "unknownExtensions", agentId, messageType: event.messageType, tags });
        return;
      }
    }
  }

  /** `dropped` is counted from the agent's start, so it begins anew when the agent does. */
  #heartbeat(connection: Connection, dropped: number): void {
    this.#metrics.heartbeats.add();
    const { agentDropped } = connection;
    if (agentDropped !== undefined && dropped > agentDropped) this.#metrics.agentDropped.add(dropped - agentDropped);
    connection.agentDropped = dropped;
  }

  #tell(connection: Connection, event: IngestEvent): void {
    if (connection.toldEvents++ < MAX_TOLD_EVENTS) this.#events.push(event);
  }
}
