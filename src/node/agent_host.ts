import type { AgentEngine } from "../agent/agent_engine.ts";
import type { AgentEvent, AgentReport } from "../agent/agent_events.ts";
import type { SnapshotSelection } from "../agent/snapshot_builder.ts";
import type { ByteStream, Dialer } from "../ports/byte_stream.ts";
import type { Clock } from "../ports/clock.ts";
import type { MachineSampler } from "../ports/machine_sampler.ts";

/** What a host runs its engine on. */
export interface AgentHostOptions {
  readonly engine: AgentEngine;
  readonly sampler: MachineSampler;
  readonly dialer: Dialer;
  readonly clock: Clock;
  /** Hears of everything that is not for the host. */
  readonly onReport: (report: AgentReport) => void;
}

/** How an agent ended. */
export type AgentEnd = Extract<AgentEvent, { type: "finished" }>;

/** The longest wait that a timer of the platform takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** A clock that is off by less than this is slewed, not set. */
const CLOCK_SET_MS = 2;
/** Words of leave that a peer does not take are not worth waiting for. */
const LAST_WRITE_TIMEOUT_MS = 1_000;

/** Drives an engine with real time, sockets and samples. One write is on its way at a time: the rest waits as frames. */
export class AgentHost {
  readonly #options: AgentHostOptions;
  #sampler: MachineSampler;
  readonly #engine: AgentEngine;
  readonly #ended: Promise<AgentEnd>;
  #end: (end: AgentEnd) => void = () => {};
  #stream: ByteStream | undefined;
  /** The connection that a write is on its way on; an old one's last write must not hold up a new one. */
  #writing: ByteStream | undefined;
  #timer: NodeJS.Timeout | undefined;
  #utcOffsetMs: number;
  #isOver = false;

  constructor(options: AgentHostOptions) {
    this.#options = options;
    this.#engine = options.engine;
    this.#sampler = options.sampler;
    this.#utcOffsetMs = utcOffsetMs(options.clock);
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Runs until the engine has finished. */
  run(): Promise<AgentEnd> {
    this.#onTimer();
    return this.#ended;
  }

  /** Drains; a second call ends at once. */
  stop(): void {
    this.#tell((engine, nowMs) => engine.stop(nowMs));
  }

  /** Another pace and choice, and a sampler that sees what they ask for. */
  reconfigure(intervalMs: number, selection: SnapshotSelection, sampler: MachineSampler): void {
    if (this.#isOver) {
      sampler.close();
      return;
    }
    this.#sampler.close();
    this.#sampler = sampler;
    this.#tell((engine) => engine.reconfigure(intervalMs, selection));
  }

  /** Something that the engine uses has news. */
  wake(): void {
    this.#onTimer();
  }

  /** Every input goes through here: the engine is told, then what it wants is done. */
  #tell(input: (engine: AgentEngine, nowMs: number) => void): void {
    if (this.#isOver) return;
    input(this.#engine, this.#options.clock.monotonicMs());
    for (let event = this.#engine.nextEvent(); event; event = this.#engine.nextEvent()) this.#carryOut(event);
    if (this.#isOver) return;
    this.#flush();
    this.#setTimer();
  }

  #carryOut(event: AgentEvent): void {
    switch (event.type) {
      case "sample":
        this.#sample();
        break;
      case "connect":
        this.#connect(event.server);
        break;
      case "disconnect":
        this.#disconnect(event.reason);
        break;
      case "finished":
        this.#finish(event);
        break;
      default:
        this.#options.onReport(event);
    }
  }

  #sample(): void {
    const offsetMs = utcOffsetMs(this.#options.clock);
    if (Math.abs(offsetMs - this.#utcOffsetMs) >= CLOCK_SET_MS) {
      this.#utcOffsetMs = offsetMs;
      this.#tell((engine, nowMs) => engine.clockSet(offsetMs, nowMs));
    }
    this.#sampler.sample().then(
      (sample) => this.#tell((engine, nowMs) => engine.sampled(sample, nowMs)),
      (error: unknown) => this.#tell((engine, nowMs) => engine.sampleFailed(reasonOf(error), nowMs)),
    );
  }

  #connect(server: string): void {
    this.#options.dialer.dial(server).then(
      (stream) => {
        if (this.#isOver) return stream.close();
        this.#stream = stream;
        this.#tell((engine, nowMs) => engine.opened(nowMs));
        void this.#readAll(stream);
      },
      (error: unknown) => this.#tell((engine, nowMs) => engine.lost(reasonOf(error), nowMs)),
    );
  }

  async #readAll(stream: ByteStream): Promise<void> {
    for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) {
      const received = chunk;
      if (stream !== this.#stream) return;
      this.#tell((engine, nowMs) => engine.receive(received, nowMs));
    }
    this.#lose(stream, stream.failure ?? "the server closed the connection");
  }

  /** Tells the engine once for each connection, whoever noticed first. */
  #lose(stream: ByteStream, reason: string): void {
    stream.close();
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    this.#tell((engine, nowMs) => engine.lost(reason, nowMs));
  }

  #disconnect(reason: string): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    void this.#writeLast(stream).then(() => this.#lose(stream, reason));
  }

  #flush(): void {
    const stream = this.#stream;
    if (stream === undefined || this.#writing === stream) return;
    const chunks = this.#engine.takeOutput();
    if (chunks.length === 0) return;
    this.#writing = stream;
    const done = (): void => {
      if (this.#writing === stream) this.#writing = undefined;
    };
    stream.write(chunks).then(
      () => {
        done();
        this.#tell(() => {});
      },
      (error: unknown) => {
        done();
        this.#lose(stream, reasonOf(error));
      },
    );
  }

  async #writeLast(stream: ByteStream): Promise<void> {
    const chunks = this.#engine.takeOutput();
    if (chunks.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_WRITE_TIMEOUT_MS);
    });
    await Promise.race([late, stream.write(chunks).catch(() => {})]);
    clearTimeout(timer);
  }

  #finish(end: AgentEnd): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#sampler.close();
    const stream = this.#stream;
    this.#stream = undefined;
    const written = stream === undefined || end.how === "forced" ? Promise.resolve() : this.#writeLast(stream);
    void written.then(() => {
      stream?.close();
      this.#end(end);
    });
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const nextMs = this.#engine.nextTimeoutMs();
    if (nextMs === undefined) return;
    // Timers count whole milliseconds: rounded up, so that they do not fire just before what they wait for.
    const delayMs = Math.ceil(Math.max(0, nextMs - this.#options.clock.monotonicMs()));
    this.#timer = setTimeout(() => this.#onTimer(), Math.min(MAX_TIMER_MS, delayMs));
  }

  #onTimer(): void {
    this.#tell((engine, nowMs) => engine.onTimeout(nowMs));
  }
}

/** UTC less the clock that deadlines are counted on. */
export function utcOffsetMs(clock: Clock): number {
  return Math.round(clock.utcMs() - clock.monotonicMs());
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
