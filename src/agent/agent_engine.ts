import type { Entropy } from "../ports/entropy.ts";
import type { MachineSample } from "../ports/machine_sampler.ts";
import { encodeSnapshot } from "../protocols/snapshot/encode_snapshot.ts";
import { IdSource } from "../protocols/snapshot/ids.ts";
import type { AgentCounters, AgentEvent } from "./agent_events.ts";
import { Delivery, type DeliverySession } from "./delivery.ts";
import { Outbox, type SnapshotOutbox } from "./outbox.ts";
import { SampleSchedule } from "./sample_schedule.ts";
import { SendPace } from "./send_pace.ts";
import { buildSnapshot, type SnapshotSelection } from "./snapshot_builder.ts";

/** What an engine is made of. */
export interface AgentEngineOptions {
  /** A new client session; the engine is the only one that talks to it. */
  readonly session: DeliverySession;
  /** Where to send, at least one: the next one when one fails. */
  readonly servers: readonly string[];
  /** Draws the ids of snapshots. */
  readonly entropy: Entropy;
  readonly intervalMs: number;
  readonly selection: SnapshotSelection;
  /** Memory for snapshots that are not stored yet. */
  readonly outboxBytes: number;
  /** Keeps them on disk; without one they are in memory only. */
  readonly spool?: SnapshotOutbox;
  /** Snapshots a second that leave at most, over time; without it the session's window is the only bound. */
  readonly catchUpPerSecond?: number;
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
  readonly #outbox: SnapshotOutbox;
  readonly #delivery: Delivery;
  readonly #ids: IdSource;
  readonly #schedule: SampleSchedule;
  readonly #events: AgentEvent[] = [];
  #selection: SnapshotSelection;
  #state: "running" | "draining" | "finished" = "running";
  #drainEndsMs = Number.POSITIVE_INFINITY;

  /** @param nowMs when the first sample and the first connection are due */
  constructor(options: AgentEngineOptions, nowMs: number) {
    this.#options = options;
    this.#session = options.session;
    this.#selection = options.selection;
    this.#outbox = options.spool ?? new Outbox(options.outboxBytes);
    const { session, servers, catchUpPerSecond } = options;
    this.#delivery = new Delivery({
      session,
      servers,
      outbox: this.#outbox,
      pace: catchUpPerSecond === undefined ? undefined : new SendPace({ perSecond: catchUpPerSecond }),
      counters: this.counters,
      events: this.#events,
      onThrottle: (throttleDelayMs, reason) => this.#takeThrottle(throttleDelayMs, reason),
    });
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
    this.#delivery.lost(reason, nowMs);
    // What is on disk is sent another time: there is nothing to wait for.
    if (this.#state === "draining" && this.#outbox.isDurable) this.#drainEndsMs = nowMs;
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
    this.#outbox.setUtcOffset(utcOffsetMs);
    this.#settle(nowMs);
  }

  /** Another pace and choice, from the next sample on. */
  reconfigure(intervalMs: number, selection: SnapshotSelection): void {
    this.#schedule.setInterval(intervalMs);
    this.#selection = selection;
  }

  /** Answers `sample`. One that comes after `stop` is let go. */
  sampled(sample: MachineSample, nowMs: number): void {
    if (this.#state !== "running") return;
    try {
      const snapshotId = this.#ids.next();
      const snapshot = buildSnapshot(sample, snapshotId, this.#selection);
      const payload = encodeSnapshot(snapshot);
      const processes = snapshot.processes.length;
      this.counters.sampled++;
      this.#events.push({ type: "sampled", snapshotId, payload, processes });
      this.#delivery.keep({ snapshotId, payload, processes, sampledAtMs: nowMs }, nowMs);
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
    const next = Math.min(ownMs, this.#delivery.nextTimeoutMs());
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  /** May be called early, late or twice. */
  onTimeout(nowMs: number): void {
    if (this.#state === "finished") return;
    this.#delivery.onTimeout(nowMs);
    this.#settle(nowMs);
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

  #drain(nowMs: number): void {
    this.#state = "draining";
    this.#schedule.stop();
    const isPointless = this.#outbox.isDurable && !this.#delivery.isConnected;
    this.#drainEndsMs = nowMs + (isPointless ? 0 : this.#options.drainTimeoutMs);
    this.#events.push({ type: "draining", queued: this.#outbox.size });
  }

  #finish(how: "drained" | "spooled" | "timedOut" | "forced", nowMs: number): void {
    if (this.#state === "finished") return;
    this.#state = "finished";
    this.#session.command({ type: "close" }, nowMs);
    this.#events.push({ type: "finished", how, queued: this.#outbox.size });
  }

  #settle(nowMs: number): void {
    if (this.#state === "finished") return;
    this.#delivery.settle(nowMs);
    if (this.#state !== "draining") return;
    if (this.#outbox.size === 0) this.#finish("drained", nowMs);
    else if (nowMs >= this.#drainEndsMs) this.#finish(this.#outbox.isDurable ? "spooled" : "timedOut", nowMs);
  }

  #takeThrottle(throttleDelayMs: number, reason: string): void {
    if (!this.#schedule.throttle(throttleDelayMs)) return;
    const { effectiveIntervalMs } = this.#schedule;
    this.#events.push({ type: "throttle", throttleDelayMs, effectiveIntervalMs, reason });
  }
}
