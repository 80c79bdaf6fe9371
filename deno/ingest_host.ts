import type { Ingest, IngestEvent, Tap } from "../src/ingest/mod.ts";
import type { Clock, SnapshotStore } from "../src/ports/mod.ts";

/** How often the offset between the two clocks is looked at. */
const CLOCK_CHECK_MS = 1_000;
/** An offset that drifts less than this is a clock being slewed, not set. */
const CLOCK_JUMP_MS = 100;
/** The longest timer: a late deadline after a laptop's sleep is noticed this soon. */
const MAX_SLEEP_MS = 60_000;

/** A transport, as the host of the engine drives it. */
export interface Transport {
  /** Takes bytes to write, in order. */
  write(chunks: readonly Uint8Array[]): void;
  /** Closes once everything is written. Idempotent. */
  end(): void;
}

/** A peer after its TLS handshake. */
export interface SecuredPeer {
  readonly connId: number;
  /** Nothing when it was not asked for a certificate. */
  readonly agentIds: readonly string[] | undefined;
}

/** What an {@linkcode IngestHost} is made of. */
export interface IngestHostOptions {
  readonly ingest: Ingest;
  readonly store: SnapshotStore;
  readonly clock: Clock;
  readonly tap: Tap;
  readonly onEvent: (event: IngestEvent) => void;
}

/** Runs the engine: carries bytes, batches and time between it, the transports and the store. */
export class IngestHost {
  readonly #ingest: Ingest;
  readonly #store: SnapshotStore;
  readonly #clock: Clock;
  readonly #tap: Tap;
  readonly #onEvent: (event: IngestEvent) => void;
  readonly #transports = new Map<number, Transport>();
  readonly #drained = Promise.withResolvers<void>();
  readonly #clockTimer: ReturnType<typeof setInterval>;
  #nextConnId = 1;
  #utcOffsetMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(options: IngestHostOptions) {
    this.#ingest = options.ingest;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#tap = options.tap;
    this.#onEvent = options.onEvent;
    this.#utcOffsetMs = utcOffsetMs(options.clock);
    this.#clockTimer = setInterval(() => this.#checkClock(), CLOCK_CHECK_MS);
  }

  /** Resolves once a `stop` has run its course. */
  get drained(): Promise<void> {
    return this.#drained.promise;
  }

  /** Whether the store takes batches, and why not. */
  get storeError(): string | undefined {
    return this.#ingest.storeError;
  }

  /** A transport is there and its TLS handshake begins: its id, or nothing when the engine does not let it in. */
  securing(remoteAddress: string): number | undefined {
    const connId = this.#nextConnId++;
    const isLetIn = this.#ingest.securing(connId, remoteAddress, this.#clock.monotonicMs());
    this.#drainEvents();
    return isLetIn ? connId : undefined;
  }

  /**
   * A transport is open: its id, or nothing when the engine does not let it in.
   *
   * @param secured what came of its TLS handshake: the id that `securing` gave, and whose certificate the peer has
   */
  opened(transport: Transport, remoteAddress: string, secured?: SecuredPeer): number | undefined {
    const connId = secured?.connId ?? this.#nextConnId++;
    if (!this.#ingest.opened(connId, remoteAddress, this.#clock.monotonicMs(), secured?.agentIds)) {
      this.#drainEvents();
      return undefined;
    }
    this.#transports.set(connId, transport);
    this.#pump();
    return connId;
  }

  /** A chunk of a transport; it may be overwritten after the call. */
  receive(connId: number, chunk: Uint8Array): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#tap.isOpen) this.#tap.received(connId, chunk, this.#ingest.isBetweenFrames(connId), nowMs);
    this.#ingest.receive(connId, chunk, nowMs);
    this.#pump();
  }

  closed(connId: number, reason: string): void {
    this.#transports.delete(connId);
    this.#tap.closed(connId);
    this.#ingest.closed(connId, this.#clock.monotonicMs(), reason);
    this.#pump();
  }

  /** Begins to drain; see `drained`. */
  stop(): void {
    this.#ingest.stop(this.#clock.monotonicMs());
    this.#pump();
  }

  /** Stops the timers. The engine is not to be used any more. */
  close(): void {
    clearInterval(this.#clockTimer);
    clearTimeout(this.#timer);
  }

  #pump(): void {
    this.#storeNext();
    this.#flush();
    this.#drainEvents();
    this.#schedule();
    if (this.#ingest.isDrained) this.#drained.resolve();
  }

  /** Hands the store its next batch, if there is one: it works while answers go out. */
  #storeNext(): void {
    const batch = this.#ingest.takeBatch(this.#clock.monotonicMs());
    if (batch === undefined) return;
    this.#store.append(batch.records).then(
      () => this.#batchDone(batch.id, undefined),
      (error: unknown) => this.#batchDone(batch.id, error ?? new Error("the store gave no reason")),
    );
  }

  /** What each connection has to say goes out in one write. */
  #flush(): void {
    for (let connId = this.#ingest.nextDirty(); connId !== undefined; connId = this.#ingest.nextDirty()) {
      const transport = this.#transports.get(connId);
      const output = this.#ingest.takeOutput(connId);
      if (transport === undefined) continue;
      if (this.#tap.isOpen) this.#tap.sent(output, this.#clock.monotonicMs());
      if (output.length > 0) transport.write(output);
      if (this.#ingest.isClosing(connId)) transport.end();
    }
  }

  #batchDone(batchId: number, error: unknown): void {
    const nowMs = this.#clock.monotonicMs();
    if (error === undefined) this.#ingest.batchStored(batchId, nowMs, () => this.#storeNext());
    else this.#ingest.batchFailed(batchId, error, nowMs);
    this.#pump();
  }

  #drainEvents(): void {
    for (let event = this.#ingest.nextEvent(); event !== undefined; event = this.#ingest.nextEvent()) {
      this.#onEvent(event);
    }
  }

  /** A timer that is set earlier than needed stays: waking up once for nothing is cheaper than setting it on every chunk. */
  #schedule(): void {
    const nextMs = this.#ingest.nextTimeoutMs();
    if (nextMs === undefined || nextMs >= this.#timerAtMs) return;
    clearTimeout(this.#timer);
    const nowMs = this.#clock.monotonicMs();
    const sleepMs = Math.min(Math.max(0, Math.ceil(nextMs - nowMs)), MAX_SLEEP_MS);
    this.#timerAtMs = nowMs + sleepMs;
    this.#timer = setTimeout(() => {
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.#ingest.onTimeout(this.#clock.monotonicMs());
      this.#pump();
    }, sleepMs);
  }

  #checkClock(): void {
    const offsetMs = utcOffsetMs(this.#clock);
    if (Math.abs(offsetMs - this.#utcOffsetMs) < CLOCK_JUMP_MS) return;
    this.#utcOffsetMs = offsetMs;
    this.#ingest.setUtcOffset(offsetMs, this.#clock.monotonicMs());
  }
}

/** UTC less the clock that deadlines are counted on. */
export function utcOffsetMs(clock: Clock): number {
  return clock.utcMs() - clock.monotonicMs();
}
