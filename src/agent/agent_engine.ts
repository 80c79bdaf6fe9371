import type { Entropy } from "../ports/entropy.ts";
import type { MachineSample } from "../ports/machine_sampler.ts";
import { encodeSnapshot } from "../protocols/snapshot/encode_snapshot.ts";
import { IdSource } from "../protocols/snapshot/ids.ts";
import type { ClientCommand, ClientEvent } from "../protocols/snapshot/session_types.ts";
import type { Session } from "../sansio/mod.ts";
import type { AgentCounters, AgentEvent } from "./agent_events.ts";
import { Outbox, type OutboxEntry } from "./outbox.ts";
import { SampleSchedule } from "./sample_schedule.ts";
import { buildSnapshot, type SnapshotSelection } from "./snapshot_builder.ts";

/** What an engine is made of. */
export interface AgentEngineOptions {
  /** A new client session; the engine is the only one that talks to it. */
  readonly session: Session<ClientCommand, ClientEvent> & { readonly capacity: number };
  /** Draws the ids of snapshots. */
  readonly entropy: Entropy;
  readonly intervalMs: number;
  readonly selection: SnapshotSelection;
  readonly outboxBytes: number;
  readonly drainTimeoutMs: number;
  /** Drain after the first sample. */
  readonly once: boolean;
}

/**
 * What an agent does, without IO: when to sample, what to keep, when to stop. The host carries out the actions among
 * the events, tells how they went, writes what `takeOutput` gives and calls `onTimeout` at `nextTimeoutMs`.
 */
export class AgentEngine {
  readonly counters: AgentCounters = {
    sampled: 0,
    sampleFailures: 0,
    stored: 0,
    refused: 0,
    dropped: 0,
    resent: 0,
    connects: 0,
    wireBytes: 0,
  };
  readonly #options: AgentEngineOptions;
  readonly #session: AgentEngineOptions["session"];
  readonly #outbox: Outbox;
  readonly #ids: IdSource;
  readonly #schedule: SampleSchedule;
  readonly #events: AgentEvent[] = [];
  #state: "running" | "draining" | "finished" = "running";
  #drainEndsMs = Number.POSITIVE_INFINITY;
  #connected = false;
  #reported = "";

  /** @param nowMs when the first sample and the first connection are due */
  constructor(options: AgentEngineOptions, nowMs: number) {
    this.#options = options;
    this.#session = options.session;
    this.#outbox = new Outbox(options.outboxBytes);
    this.#ids = new IdSource(options.entropy);
    this.#schedule = new SampleSchedule(options.intervalMs, nowMs);
  }

  /** Snapshots that are not stored yet. */
  get queued(): number {
    return this.#outbox.size;
  }

  /** The transport that `connect` asked for is open. */
  opened(nowMs: number): void {
    if (this.#state === "finished") return;
    this.#session.command({ type: "opened" }, nowMs);
    this.#settle(nowMs);
  }

  /** The transport is gone or could not be opened. */
  lost(reason: string, nowMs: number): void {
    if (this.#state === "finished") return;
    this.#session.command({ type: "lost", reason }, nowMs);
    if (this.#connected) this.#events.push({ type: "disconnected", reason, queued: this.#outbox.size });
    this.#connected = false;
    const retryMs = this.#session.nextTimeoutMs();
    if (retryMs !== undefined) this.#events.push({ type: "retry", delayMs: Math.max(0, retryMs - nowMs), reason });
    this.#settle(nowMs);
  }

  receive(chunk: Uint8Array, nowMs: number): void {
    if (this.#state === "finished") return;
    this.#session.receive(chunk, nowMs);
    this.#settle(nowMs);
  }

  /** The machine's clock was set: deadlines stay, stamps follow. */
  clockSet(utcOffsetMs: number, nowMs: number): void {
    if (this.#state === "finished") return;
    this.#session.command({ type: "clock", utcOffsetMs }, nowMs);
    this.#settle(nowMs);
  }

  /** Answers `sample`. One that comes after `stop` is let go. */
  sampled(sample: MachineSample, nowMs: number): void {
    if (this.#state !== "running") return;
    try {
      const snapshotId = this.#ids.next();
      const snapshot = buildSnapshot(sample, snapshotId, this.#options.selection);
      const payload = encodeSnapshot(snapshot);
      const processes = snapshot.processes.length;
      this.counters.sampled++;
      this.#events.push({ type: "sampled", snapshotId, payload, processes });
      this.#keep({ snapshotId, payload, processes, sampledAtMs: nowMs }, nowMs);
    } catch (error) {
      this.#noteSampleFailure(error instanceof Error ? error.message : String(error));
    }
    this.#afterSample(nowMs);
  }

  /** Answers `sample` when the machine could not be read. */
  sampleFailed(reason: string, nowMs: number): void {
    if (this.#state !== "running") return;
    this.#noteSampleFailure(reason);
    this.#afterSample(nowMs);
  }

  /**
   * Takes no new samples, waits until everything is stored or the drain timeout is over, then finishes. A second call
   * finishes at once.
   */
  stop(nowMs: number): void {
    if (this.#state === "draining") this.#finish("forced", nowMs);
    if (this.#state === "running") this.#drain(nowMs);
    this.#settle(nowMs);
  }

  /** Bytes to write, in order. */
  takeOutput(): Uint8Array[] {
    return this.#session.takeOutput();
  }

  nextEvent(): AgentEvent | undefined {
    return this.#events.shift();
  }

  nextTimeoutMs(): number | undefined {
    if (this.#state === "finished") return undefined;
    const ownMs = Math.min(this.#schedule.nextMs ?? Number.POSITIVE_INFINITY, this.#drainEndsMs);
    const next = Math.min(ownMs, this.#session.nextTimeoutMs() ?? Number.POSITIVE_INFINITY);
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  /** May be called early, late or twice. */
  onTimeout(nowMs: number): void {
    if (this.#state === "finished") return;
    this.#session.onTimeout(nowMs);
    this.#settle(nowMs);
    if (nowMs >= this.#drainEndsMs) this.#finish("timedOut", nowMs);
    if (this.#schedule.begin(nowMs)) this.#events.push({ type: "sample" });
  }

  #afterSample(nowMs: number): void {
    this.#schedule.end();
    if (this.#options.once) this.#drain(nowMs);
    this.#settle(nowMs);
  }

  #noteSampleFailure(reason: string): void {
    this.counters.sampleFailures++;
    this.#events.push({ type: "sampleFailed", reason });
  }

  #keep(newest: OutboxEntry, nowMs: number): void {
    for (const { entry, inFlight } of this.#outbox.add(newest)) {
      if (inFlight) this.#session.command({ type: "forget", snapshotId: entry.snapshotId }, nowMs);
      const droppedTotal = ++this.counters.dropped;
      this.#events.push({ type: "dropped", snapshotId: entry.snapshotId, queued: this.#outbox.size, droppedTotal });
    }
  }

  #drain(nowMs: number): void {
    this.#state = "draining";
    this.#schedule.stop();
    this.#drainEndsMs = nowMs + this.#options.drainTimeoutMs;
    this.#events.push({ type: "draining", queued: this.#outbox.size });
  }

  #finish(how: "drained" | "timedOut" | "forced", nowMs: number): void {
    if (this.#state === "finished") return;
    this.#state = "finished";
    this.#session.command({ type: "close" }, nowMs);
    this.#events.push({ type: "finished", how, queued: this.#outbox.size });
  }

  /** Hands waiting snapshots to the session and takes its events, until neither moves the other any further. */
  #settle(nowMs: number): void {
    if (this.#state === "finished") return;
    do {
      while (this.#session.capacity > 0) {
        const entry = this.#outbox.takeWaiting();
        if (entry === undefined) break;
        this.#session.command({ type: "send", snapshotId: entry.snapshotId, payload: entry.payload }, nowMs);
      }
    } while (this.#takeSessionEvents(nowMs));
    this.#report(nowMs);
    if (this.#state === "draining" && this.#outbox.size === 0) this.#finish("drained", nowMs);
  }

  /** What heartbeats say (spec §4). */
  #report(nowMs: number): void {
    const reported = `${this.#outbox.size} ${this.counters.dropped}`;
    if (reported === this.#reported) return;
    this.#reported = reported;
    this.#session.command(
      { type: "report", queuedSnapshots: this.#outbox.size, droppedSnapshots: this.counters.dropped },
      nowMs,
    );
  }

  #takeSessionEvents(nowMs: number): boolean {
    let any = false;
    for (let event = this.#session.nextEvent(); event; event = this.#session.nextEvent()) {
      any = true;
      this.#takeSessionEvent(event, nowMs);
    }
    return any;
  }

  #takeSessionEvent(event: ClientEvent, nowMs: number): void {
    switch (event.type) {
      case "connect":
      case "disconnect":
      case "serverError":
      case "protocolError":
        this.#events.push(event);
        break;
      case "established":
        this.#connected = true;
        this.counters.connects++;
        this.#events.push({
          type: "connected",
          version: `${event.version.major}.${event.version.minor}`,
          compression: event.compression,
          queued: this.#outbox.size,
        });
        break;
      case "stored":
        this.#takeStored(event.snapshotId, event.wireBytes, nowMs);
        break;
      case "refused":
        // Final (spec §6.3): the snapshot is given up and counted.
        if (this.#outbox.remove(event.snapshotId) === undefined) break;
        this.counters.refused++;
        this.#events.push(event);
        break;
      case "resent":
        this.counters.resent++;
        this.#events.push(event);
        break;
      case "throttle":
        this.#takeThrottle(event.throttleDelayMs, event.reason);
        break;
      case "unknownExtensions":
        this.#events.push({ type: event.type, messageType: event.messageType, count: event.extensions.length });
        break;
    }
  }

  #takeStored(snapshotId: Uint8Array, wireBytes: number, nowMs: number): void {
    const entry = this.#outbox.remove(snapshotId);
    // The session forgets what was dropped; were it told all the same, one count is enough.
    if (entry === undefined) return;
    this.counters.stored++;
    this.counters.wireBytes += wireBytes;
    this.#events.push({
      type: "stored",
      snapshotId,
      processes: entry.processes,
      wireBytes,
      latencyMs: nowMs - entry.sampledAtMs,
      queued: this.#outbox.size,
    });
  }

  #takeThrottle(throttleDelayMs: number, reason: string): void {
    if (!this.#schedule.throttle(throttleDelayMs)) return;
    const { effectiveIntervalMs } = this.#schedule;
    this.#events.push({ type: "throttle", throttleDelayMs, effectiveIntervalMs, reason });
  }
}
