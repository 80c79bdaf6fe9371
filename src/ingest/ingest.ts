import type { SnapshotRecord } from "../ports/mod.ts";
import { Admission, type Arrival } from "./admission.ts";
import { AgentTable } from "./agent_table.ts";
import { Backpressure } from "./backpressure.ts";
import type { Batch } from "./batcher.ts";
import type { Connection } from "./connection.ts";
import { ConnectionTable } from "./connection_table.ts";
import { DedupeIndex } from "./dedupe_index.ts";
import type { IngestEvent } from "./ingest_event.ts";
import { ingestGauges } from "./ingest_gauges.ts";
import { DEFAULT_INGEST_LIMITS, type IngestLimits } from "./ingest_limits.ts";
import { IngestMetrics } from "./ingest_metrics.ts";
import type { IngestOptions } from "./ingest_options.ts";
import { LatestSnapshots } from "./latest_snapshots.ts";
import type { MetricFamily } from "./metrics.ts";
import { SessionDriver } from "./session_driver.ts";
import { type PendingSnapshot, SnapshotQueue } from "./snapshot_queue.ts";
import { StoreHealth } from "./store_health.ts";
import { storedEvent } from "./stored_event.ts";

/**
 * What the server does, without IO: admits connections and agents, lets their sessions validate, stores each snapshot
 * once, in batches, acknowledges what is durable, and slows the fleet down when the store can't follow. The host
 * carries bytes, batches and time; a fleet and its server run in one process this way.
 *
 * After every call the host looks at `nextDirty`, `takeBatch`, `nextEvent` and `nextTimeoutMs`.
 */
export class Ingest {
  readonly metrics: IngestMetrics = new IngestMetrics();
  /** What is stored already; the host fills it from the store before it opens connections. */
  readonly index: DedupeIndex;
  /** What each agent had stored last, for whoever looks. */
  readonly latest: LatestSnapshots;
  readonly #limits: { -readonly [K in keyof IngestLimits]: IngestLimits[K] };
  readonly #admission: Admission;
  readonly #connections: ConnectionTable;
  readonly #queue: SnapshotQueue;
  readonly #backpressure = new Backpressure();
  #reportStored: boolean;
  readonly #events: IngestEvent[] = [];
  readonly #sessions: SessionDriver;
  #utcOffsetMs: number;
  #batchTakenAtMs = 0;
  readonly #store = new StoreHealth(this.#events);
  #unstoredSnapshots = 0;
  #life: "running" | "draining" | "closing" | "drained" = "running";

  constructor(options: IngestOptions) {
    this.#limits = { ...DEFAULT_INGEST_LIMITS, ...options.limits };
    this.#utcOffsetMs = options.session.utcOffsetMs;
    this.#reportStored = options.reportStored ?? false;
    this.index = new DedupeIndex(this.#limits.maxRememberedAgents);
    this.latest = new LatestSnapshots(options.session.compressor);
    const agents = new AgentTable(this.index);
    this.#connections = new ConnectionTable(options.session);
    this.#admission = new Admission(this.#limits, this.metrics, this.#events);
    this.#queue = new SnapshotQueue(this.#limits, agents);
    this.#sessions = new SessionDriver({
      connections: this.#connections,
      admission: this.#admission,
      agents,
      queue: this.#queue,
      backpressure: this.#backpressure,
      metrics: this.metrics,
      events: this.#events,
      onQueued: (nowMs) => this.#updateBackpressure(nowMs),
    });
  }

  /** Another pace of batches, from the next one on, and whether each stored snapshot is an event. */
  reconfigure(batches: Pick<IngestLimits, "maxBatchSnapshots" | "maxBatchDelayMs">, reportStored: boolean): void {
    Object.assign(this.#limits, batches);
    this.#reportStored = reportStored;
  }

  /** Why the store does not write, or nothing while it does. */
  get storeError(): string | undefined {
    return this.#store.error;
  }

  /** True once `stop` has run its course: nothing waits and no connection is left. */
  get isDrained(): boolean {
    return this.#life === "drained";
  }

  /** A transport begins its TLS handshake; `opened` or `closed` follows. False when it is not let in, as with `opened`. */
  securing(connId: number, remoteAddress: string, nowMs: number): boolean {
    return this.#admission.secure(connId, this.#arrival(remoteAddress), nowMs);
  }

  /**
   * A transport is open. False when it is not let in: the host closes it and says no more of it.
   *
   * @param peerAgentIds the agent ids that the peer's certificate proves; nothing when it was not asked for proof
   */
  opened(connId: number, remoteAddress: string, nowMs: number, peerAgentIds?: readonly string[]): boolean {
    if (!this.#admission.open(connId, this.#arrival(remoteAddress), nowMs)) return false;
    const connection = this.#connections.open(connId, remoteAddress, peerAgentIds, this.#utcOffsetMs, nowMs);
    this.#admission.wait(connection);
    this.#sessions.settle(connection, nowMs);
    return true;
  }

  /** Bytes from a peer. The chunk is not kept. Ignored once the connection is closing. */
  receive(connId: number, chunk: Uint8Array, nowMs: number): void {
    const connection = this.#connections.get(connId);
    if (connection === undefined || connection.closeReason !== undefined) return;
    this.metrics.receivedBytes.add(chunk.length);
    connection.session.receive(chunk, nowMs);
    this.#sessions.settle(connection, nowMs);
    while (this.#connections.heldBytes > this.#limits.maxReassemblyBytes) this.#sessions.closeLargestHolder(nowMs);
  }

  /**
   * The transport is gone, whoever closed it.
   *
   * @param reason why, as far as the host knows; what the session said goes first
   */
  closed(connId: number, nowMs: number, reason = "peer-closed"): void {
    if (this.#admission.securingFailed(connId, reason, nowMs)) return;
    const connection = this.#connections.get(connId);
    if (connection === undefined) return;
    const why = connection.closeReason ?? reason;
    this.metrics.connectionsClosed.add(1, why);
    this.#events.push({
      type: "disconnected",
      agentId: connection.agent?.agentId,
      remoteAddress: connection.remoteAddress,
      reason: why,
    });
    this.#sessions.unlink(connection);
    this.#admission.settled(connection);
    this.#connections.remove(connection);
    this.#finishDrain(nowMs);
  }

  /** A connection that has bytes to write or is to be closed, each once; nothing when there is none. */
  nextDirty(): number | undefined {
    return this.#connections.nextDirty();
  }

  /** Bytes to write to a connection, in order; the caller owns them. */
  takeOutput(connId: number): Uint8Array[] {
    const output = this.#connections.get(connId)?.session.takeOutput() ?? [];
    for (const bytes of output) this.metrics.sentBytes.add(bytes.length);
    return output;
  }

  /** Whether the transport is to be closed once what `takeOutput` gave is written. */
  isClosing(connId: number): boolean {
    return this.#connections.get(connId)?.closeReason !== undefined;
  }

  /** Something for the log, in order, or nothing. */
  nextEvent(): IngestEvent | undefined {
    return this.#events.shift();
  }

  /** Whether the next byte from a peer begins a frame. */
  isBetweenFrames(connId: number): boolean {
    return this.#connections.get(connId)?.session.isBetweenFrames ?? false;
  }

  /** When `onTimeout` or `takeBatch` has something to do though nothing comes in; nothing when never. */
  nextTimeoutMs(): number | undefined {
    const times = [this.#connections.nextTimeoutMs(), this.#queue.nextMs(), this.#backpressure.nextMs()];
    const nextMs = Math.min(...times.map((atMs) => atMs ?? Number.POSITIVE_INFINITY));
    return nextMs === Number.POSITIVE_INFINITY ? undefined : nextMs;
  }

  /** May be called early, late or twice. */
  onTimeout(nowMs: number): void {
    for (let due = this.#connections.takeDue(nowMs); due !== undefined; due = this.#connections.takeDue(nowMs)) {
      due.session.onTimeout(nowMs);
      this.#sessions.settle(due, nowMs);
    }
    this.#updateBackpressure(nowMs);
  }

  /** The machine's clock was set: stamps follow, deadlines stay. */
  setUtcOffset(utcOffsetMs: number, nowMs: number): void {
    this.#utcOffsetMs = utcOffsetMs;
    for (const { session, closeReason } of this.#connections.values()) {
      if (closeReason === undefined) session.command({ type: "clock", utcOffsetMs }, nowMs);
    }
  }

  /**
   * Snapshots to store now, or nothing. One batch is out at a time; the host answers with `batchStored` or `batchFailed`,
   * and gets the same batch again after a failure.
   */
  takeBatch(nowMs: number): Batch<SnapshotRecord> | undefined {
    const batch = this.#queue.take(nowMs);
    if (batch !== undefined) this.#batchTakenAtMs = nowMs;
    return batch;
  }

  /**
   * Every record of the batch is durable: its agents are told, whichever connection they are on now.
   *
   * @param beforeTelling called when the next batch may be taken: the store need not wait for what the agents are told
   */
  batchStored(id: number, nowMs: number, beforeTelling?: () => void): void {
    const failedAttempts = this.#queue.failedAttempts;
    const storeMs = nowMs - this.#batchTakenAtMs;
    const records = this.#queue.stored(id);
    if (records === undefined) return;
    beforeTelling?.();
    const told = new Set<Connection>();
    for (const record of records) this.#snapshotStored(record, told, nowMs);
    for (const connection of told) this.#sessions.settle(connection, nowMs);
    this.metrics.batchesStored.add();
    this.metrics.storeSeconds.add(storeMs / 1_000);
    this.#store.works(failedAttempts);
    this.#sessions.noteRoom();
    this.#updateBackpressure(nowMs);
    this.#finishDrain(nowMs);
  }

  /** It is not known that every record is durable: none is acknowledged, the batch is tried again (spec §6.9). */
  batchFailed(id: number, error: unknown, nowMs: number): void {
    const delayMs = this.#queue.failed(id, nowMs);
    if (delayMs === undefined) return;
    this.metrics.storeFailures.add();
    this.#store.failed(error, this.#queue.snapshots, delayMs);
    this.#updateBackpressure(nowMs);
    // Whoever waits for this server to end should not wait for its disk: the agents have it all.
    if (this.#life === "draining") this.#unstoredSnapshots += this.#queue.abandon();
    this.#finishDrain(nowMs);
  }

  /** Drains: lets nobody in, takes no more snapshots, stores what waits, then says SHUTTING_DOWN to every connection. */
  stop(nowMs: number): void {
    if (this.#life !== "running") return;
    this.#life = "draining";
    const [connections, queueSnapshots] = [this.#connections.size, this.#queue.snapshots];
    this.#events.push({ type: "draining", connections, queueSnapshots });
    this.#queue.close();
    if (this.#store.error !== undefined) this.#unstoredSnapshots += this.#queue.abandon();
    this.#finishDrain(nowMs);
  }

  /** Counters and gauges as they stand. */
  metricFamilies(): MetricFamily[] {
    return [
      ...this.metrics.families(),
      ...ingestGauges({
        connections: this.#connections,
        admission: this.#admission,
        index: this.index,
        queue: this.#queue,
        backpressure: this.#backpressure,
        storeError: this.#store.error,
      }),
    ];
  }

  #arrival(remoteAddress: string): Arrival {
    return { remoteAddress, connections: this.#connections.size, isRunning: this.#life === "running" };
  }

  /** @param told gets the connection that was told: each is settled once for the whole batch */
  #snapshotStored(record: PendingSnapshot, told: Set<Connection>, nowMs: number): void {
    const { agent, snapshotId, frameBytes } = record;
    if (agent.connection === undefined) {
      agent.known.add(snapshotId);
    } else {
      // The session acknowledges it, and adds it to what is known.
      agent.connection.session.command({ type: "stored", snapshotId }, nowMs);
      told.add(agent.connection);
    }
    this.#queue.release(record);
    this.latest.note(record, nowMs + this.#utcOffsetMs);
    this.metrics.snapshotsStored.add();
    this.metrics.storedBytes.add(frameBytes);
    if (this.#reportStored) this.#events.push(storedEvent(record, nowMs + this.#utcOffsetMs));
  }

  #updateBackpressure(nowMs: number): void {
    if (!this.#backpressure.update(this.#queue.fill, this.#store.error, nowMs)) return;
    const { throttleDelayMs, reason } = this.#backpressure;
    this.metrics.throttleChanges.add();
    this.#events.push({ type: "throttle", throttleDelayMs, reason });
    this.#sessions.tellThrottle(throttleDelayMs, reason, nowMs);
  }

  /** Moves a drain on: everything stored → every connection told → every connection gone. */
  #finishDrain(nowMs: number): void {
    if (this.#life === "draining" && this.#queue.snapshots === 0) {
      this.#life = "closing";
      this.#sessions.closeAll("SHUTTING_DOWN", "the server shuts down; connect again later", nowMs);
    }
    if (this.#life === "closing" && this.#connections.size === 0) {
      this.#life = "drained";
      this.#events.push({ type: "drained", unstoredSnapshots: this.#unstoredSnapshots });
    }
  }
}
