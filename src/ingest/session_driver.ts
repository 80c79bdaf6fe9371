import type { ErrorName } from "../protocols/snapshot/errors.ts";
import type { ServerEvent } from "../protocols/snapshot/session_types.ts";
import type { Admission } from "./admission.ts";
import type { AgentTable } from "./agent_table.ts";
import type { Backpressure } from "./backpressure.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionTable } from "./connection_table.ts";
import type { IngestEvent } from "./ingest_event.ts";
import type { IngestMetrics } from "./ingest_metrics.ts";
import { SessionReport } from "./session_report.ts";
import type { SnapshotQueue } from "./snapshot_queue.ts";

/** Of a certificate made out to many agents: the log has no room for all. */
const MAX_TOLD_IDS = 8;

/** What a {@linkcode SessionDriver} works on; all of it is the engine's. */
export interface SessionDriverParts {
  readonly connections: ConnectionTable;
  readonly admission: Admission;
  readonly agents: AgentTable;
  readonly queue: SnapshotQueue;
  readonly backpressure: Backpressure;
  readonly metrics: IngestMetrics;
  /** Where lines for the log go. */
  readonly events: IngestEvent[];
  /** A snapshot was queued. */
  readonly onQueued: (nowMs: number) => void;
}

/** Does what sessions ask for: lets agents in, queues their snapshots, and ends the connections that are over. */
export class SessionDriver {
  readonly #connections: ConnectionTable;
  readonly #admission: Admission;
  readonly #agents: AgentTable;
  readonly #queue: SnapshotQueue;
  readonly #backpressure: Backpressure;
  readonly #metrics: IngestMetrics;
  readonly #events: IngestEvent[];
  readonly #onQueued: (nowMs: number) => void;
  readonly #report: SessionReport;
  #queueFullTold = false;

  constructor(parts: SessionDriverParts) {
    this.#connections = parts.connections;
    this.#admission = parts.admission;
    this.#agents = parts.agents;
    this.#queue = parts.queue;
    this.#backpressure = parts.backpressure;
    this.#metrics = parts.metrics;
    this.#events = parts.events;
    this.#onQueued = parts.onQueued;
    this.#report = new SessionReport(parts.metrics, parts.events);
  }

  /** After anything was done to a session: takes its events, its deadline and what it holds. */
  settle(connection: Connection, nowMs: number): void {
    const { session } = connection;
    for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
      this.#onSessionEvent(connection, event, nowMs);
    }
    this.#connections.update(connection);
  }

  close(connection: Connection, errorName: ErrorName, detail: string, nowMs: number): void {
    connection.session.command({ type: "close", errorName, detail }, nowMs);
    this.settle(connection, nowMs);
  }

  closeAll(errorName: ErrorName, detail: string, nowMs: number): void {
    for (const connection of this.#connections.values()) {
      if (connection.closeReason === undefined) this.close(connection, errorName, detail, nowMs);
    }
  }

  /** The pace that agents are asked for has changed. */
  tellThrottle(throttleDelayMs: number, reason: string, nowMs: number): void {
    for (const { connection } of this.#agents.values()) {
      if (connection === undefined) continue;
      connection.session.command({ type: "throttle", throttleDelayMs, reason }, nowMs);
      this.settle(connection, nowMs);
    }
  }

  /** All reassembly together is over its bound: whoever holds most loses its connection, not its snapshots. */
  closeLargestHolder(nowMs: number): void {
    const largest = this.#connections.largestHolder();
    if (largest === undefined) return;
    this.close(largest, "REASSEMBLY_OVERFLOW", "the server holds too many unfinished snapshots; connect again", nowMs);
  }

  /** The connection is its agent's no longer. */
  unlink(connection: Connection): void {
    const { agent } = connection;
    if (agent?.connection !== connection) return;
    agent.connection = undefined;
    this.#agents.leave(agent);
  }

  /** The queue has room again: when it is full the next time, that is said again. */
  noteRoom(): void {
    this.#queueFullTold = false;
  }

  #onSessionEvent(connection: Connection, event: ServerEvent, nowMs: number): void {
    switch (event.type) {
      case "handshake":
        this.#admit(connection, event, nowMs);
        return;
      case "snapshot":
        this.#queueSnapshot(connection, event, nowMs);
        return;
      case "disconnect":
        if (connection.agent === undefined) this.#handshakeFailed(connection, event.errorName, nowMs);
        connection.closeReason = event.errorName?.toLowerCase().replaceAll("_", "-") ?? "session-ended";
        this.unlink(connection);
        return;
      default:
        this.#report.take(connection, event);
    }
  }

  #admit(connection: Connection, event: ServerEvent & { type: "handshake" }, nowMs: number): void {
    const { agentId, version, platform, payload } = event;
    const { remoteAddress, peerAgentIds } = connection;
    if (peerAgentIds !== undefined && !peerAgentIds.includes(agentId)) {
      this.#reject(connection, agentId, peerAgentIds, nowMs);
      return;
    }
    this.#admission.settled(connection);
    const agent = this.#agents.enter(agentId);
    const older = agent.connection;
    agent.connection = connection;
    connection.agent = agent;
    if (older !== undefined) {
      // spec §6.8
      this.#metrics.agentsReplaced.add();
      this.#events.push({ type: "agentReplaced", agentId, remoteAddress, olderAddress: older.remoteAddress });
      this.close(older, "AGENT_REPLACED", `another connection, from ${remoteAddress}, came with this agent id`, nowMs);
    }
    this.#metrics.handshakes.add();
    this.#events.push({ type: "agentConnected", agentId, remoteAddress, version, platform, handshake: payload });
    const { throttleDelayMs } = this.#backpressure;
    connection.session.command({ type: "accept", known: agent.known, throttleDelayMs }, nowMs);
  }

  /** An agent id is taken only from who has proved it; spec §7, UNAUTHORIZED. */
  #reject(connection: Connection, agentId: string, peerAgentIds: readonly string[], nowMs: number): void {
    const { remoteAddress, session } = connection;
    const proved = peerAgentIds.slice(0, MAX_TOLD_IDS).join(" ");
    this.#events.push({ type: "unauthorized", agentId, remoteAddress, peerAgentIds: proved });
    const detail = `the certificate of this connection is not of agent ${agentId}`;
    session.command({ type: "reject", errorName: "UNAUTHORIZED", detail }, nowMs);
  }

  /** Before an agent was let in: its address pays for it, unless the server itself ended the connection. */
  #handshakeFailed({ remoteAddress }: Connection, errorName: ErrorName | undefined, nowMs: number): void {
    if (errorName === undefined || errorName === "SHUTTING_DOWN") return;
    this.#metrics.handshakesFailed.add(1, errorName.toLowerCase().replaceAll("_", "-"));
    this.#admission.handshakeFailed(remoteAddress, nowMs);
  }

  #queueSnapshot(connection: Connection, event: ServerEvent & { type: "snapshot" }, nowMs: number): void {
    const outcome = this.#queue.offer(connection.agent!, event, nowMs);
    if (outcome === "queued") {
      this.#metrics.snapshotsReceived.add();
      this.#onQueued(nowMs);
      return;
    }
    if (outcome === "pending") {
      // It came again before it was durable, on this connection or a newer one: answered when the first one is.
      this.#metrics.snapshotsDuplicate.add(1, "pending");
      return;
    }
    this.#metrics.snapshotsDropped.add(1, outcome);
    // A connection that drains is told SHUTTING_DOWN in a moment, which makes the agent send everything again.
    if (outcome === "draining") return;
    connection.session.command({ type: "forget", snapshotId: event.snapshotId }, nowMs);
    if (outcome !== "queue-full" || this.#queueFullTold) return;
    this.#queueFullTold = true;
    this.#events.push({ type: "queueFull", queueSnapshots: this.#queue.snapshots, queueBytes: this.#queue.bytes });
  }
}
