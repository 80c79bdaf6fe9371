import type { ClientCommand, ClientEvent } from "../protocols/snapshot/session_types.ts";
import type { Session } from "../sansio/mod.ts";
import type { AgentCounters, AgentEvent } from "./agent_events.ts";
import type { DroppedEntry, OutboxEntry, SnapshotOutbox } from "./outbox.ts";
import type { SendPace } from "./send_pace.ts";
import { ServerRotation } from "./server_rotation.ts";

/** A client session, as an engine uses it. */
export type DeliverySession = Session<ClientCommand, ClientEvent> & { readonly capacity: number };

/** What a delivery is made of. */
export interface DeliveryOptions {
  readonly session: DeliverySession;
  /** Where to send, at least one: the next one when one fails. */
  readonly servers: readonly string[];
  readonly outbox: SnapshotOutbox;
  /** Without one only the session's window bounds what leaves. */
  readonly pace: SendPace | undefined;
  /** What happens is counted and told here. */
  readonly counters: AgentCounters;
  readonly events: AgentEvent[];
  /** The pace that the server asks for (spec §6.6). */
  readonly onThrottle: (throttleDelayMs: number, reason: string) => void;
}

/** From the outbox through the session to the word that a snapshot is stored, or will never be. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #session: DeliverySession;
  readonly #outbox: SnapshotOutbox;
  readonly #counters: AgentCounters;
  readonly #events: AgentEvent[];
  readonly #servers: ServerRotation;
  #isConnected = false;
  /** There while the next snapshot has to wait for its turn. */
  #readyAtMs: number | undefined;
  #reported = "";

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#session = options.session;
    this.#outbox = options.outbox;
    this.#counters = options.counters;
    this.#events = options.events;
    this.#servers = new ServerRotation(options.servers);
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** The transport is gone or could not be opened. */
  lost(reason: string, nowMs: number): void {
    this.#session.command({ type: "lost", reason }, nowMs);
    if (this.#isConnected) this.#events.push({ type: "disconnected", reason, queued: this.#outbox.size });
    this.#isConnected = false;
    this.#servers.moveOn();
    const retryMs = this.#session.nextTimeoutMs();
    if (retryMs === undefined) return;
    const delayMs = Math.max(0, retryMs - nowMs);
    this.#events.push({ type: "retry", delayMs, server: this.#servers.current, reason });
  }

  keep(newest: OutboxEntry, nowMs: number): void {
    for (const dropped of this.#outbox.add(newest, nowMs)) this.#noteDropped(dropped, nowMs);
  }

  /** When `settle` is to be called, if nothing else happens. */
  nextTimeoutMs(): number {
    const times = [this.#session.nextTimeoutMs(), this.#outbox.nextTimeoutMs(), this.#readyAtMs];
    return Math.min(...times.map((ms) => ms ?? Number.POSITIVE_INFINITY));
  }

  onTimeout(nowMs: number): void {
    this.#session.onTimeout(nowMs);
    this.#outbox.onTimeout(nowMs);
  }

  /** Takes the session's events and hands it what waits, until neither moves the other any further. */
  settle(nowMs: number): void {
    do {
      // Events first: a pace that the server asks for counts for what is sent next.
      for (let event = this.#session.nextEvent(); event; event = this.#session.nextEvent()) {
        this.#takeSessionEvent(event, nowMs);
      }
      this.#takeNews(nowMs);
    } while (this.#sendWaiting(nowMs));
    // What was too old to be sent is told by now.
    this.#takeNews(nowMs);
    this.#report(nowMs);
  }

  /** @returns whether anything was handed over */
  #sendWaiting(nowMs: number): boolean {
    const { pace } = this.#options;
    let any = false;
    this.#readyAtMs = undefined;
    while (this.#session.capacity > 0) {
      if (pace !== undefined && pace.readyAtMs > nowMs) {
        if (this.#outbox.size > 0) this.#readyAtMs = pace.readyAtMs;
        break;
      }
      const entry = this.#outbox.takeWaiting(nowMs);
      if (entry === undefined) break;
      pace?.sent(nowMs);
      this.#session.command({ type: "send", snapshotId: entry.snapshotId, payload: entry.payload }, nowMs);
      any = true;
    }
    return any;
  }

  #takeNews(nowMs: number): void {
    for (let news = this.#outbox.nextNews(); news !== undefined; news = this.#outbox.nextNews()) {
      if (news.type === "dropped") this.#noteDropped(news.dropped, nowMs);
      else if (news.type === "spoolLost") {
        this.#counters.dropped += news.snapshots;
        this.#events.push({ ...news, droppedTotal: this.#counters.dropped });
      } else this.#events.push(news);
    }
  }

  #noteDropped({ entry, inFlight }: DroppedEntry, nowMs: number): void {
    if (inFlight) this.#session.command({ type: "forget", snapshotId: entry.snapshotId }, nowMs);
    const droppedTotal = ++this.#counters.dropped;
    this.#events.push({ type: "dropped", snapshotId: entry.snapshotId, queued: this.#outbox.size, droppedTotal });
  }

  /** What heartbeats say (spec §4). */
  #report(nowMs: number): void {
    const reported = `${this.#outbox.size} ${this.#counters.dropped}`;
    if (reported === this.#reported) return;
    this.#reported = reported;
    this.#session.command(
      { type: "report", queuedSnapshots: this.#outbox.size, droppedSnapshots: this.#counters.dropped },
      nowMs,
    );
  }

  #takeSessionEvent(event: ClientEvent, nowMs: number): void {
    switch (event.type) {
      case "connect":
        this.#events.push({ ...event, server: this.#servers.current });
        break;
      case "disconnect":
      case "serverError":
      case "protocolError":
        this.#events.push(event);
        break;
      case "established":
        this.#isConnected = true;
        this.#counters.connects++;
        this.#events.push({
          type: "connected",
          server: this.#servers.current,
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
        if (this.#outbox.remove(event.snapshotId, event) === undefined) break;
        this.#counters.refused++;
        this.#events.push(event);
        break;
      case "resent":
        this.#counters.resent++;
        this.#events.push(event);
        break;
      case "throttle":
        this.#options.pace?.throttle(event.throttleDelayMs);
        this.#options.onThrottle(event.throttleDelayMs, event.reason);
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
    this.#counters.stored++;
    this.#counters.wireBytes += wireBytes;
    this.#events.push({
      type: "stored",
      snapshotId,
      processes: entry.processes,
      wireBytes,
      latencyMs: nowMs - entry.sampledAtMs,
      queued: this.#outbox.size,
    });
  }
}
