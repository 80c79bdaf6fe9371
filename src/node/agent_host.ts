import type { AgentEngine } from "../agent/agent_engine.ts";
import type { AgentEvent, AgentReport } from "../agent/agent_events.ts";
import type { SnapshotSelection } from "../agent/snapshot_builder.ts";
import type { Dialer } from "../ports/byte_stream.ts";
import type { Clock } from "../ports/clock.ts";
import type { MachineSampler } from "../ports/machine_sampler.ts";
import { ServerTransport } from "./server_transport.ts";
import { WakeTimer } from "./wake_timer.ts";

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

/** A clock that is off by less than this is slewed, not set. */
const CLOCK_SET_MS = 2;

/** Drives an engine with real time, sockets and samples. One write is on its way at a time: the rest waits as frames. */
export class AgentHost {
  readonly #options: AgentHostOptions;
  #sampler: MachineSampler;
  readonly #engine: AgentEngine;
  readonly #ended: Promise<AgentEnd>;
  #end: (end: AgentEnd) => void = () => {};
  readonly #transport: ServerTransport;
  readonly #timer: WakeTimer;
  #utcOffsetMs: number;
  #isOver = false;

  constructor(options: AgentHostOptions) {
    this.#options = options;
    this.#engine = options.engine;
    this.#sampler = options.sampler;
    this.#utcOffsetMs = utcOffsetMs(options.clock);
    this.#timer = new WakeTimer(options.clock, () => this.#onTimer());
    this.#transport = new ServerTransport(options.dialer, {
      isOver: () => this.#isOver,
      takeOutput: () => this.#engine.takeOutput(),
      opened: () => this.#tell((engine, nowMs) => engine.opened(nowMs)),
      received: (chunk) => this.#tell((engine, nowMs) => engine.receive(chunk, nowMs)),
      written: () => this.#tell(() => {}),
      lost: (reason) => this.#tell((engine, nowMs) => engine.lost(reason, nowMs)),
    });
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
    this.#transport.flush();
    this.#timer.set(this.#engine.nextTimeoutMs());
  }

  #carryOut(event: AgentEvent): void {
    switch (event.type) {
      case "sample":
        this.#sample();
        break;
      case "connect":
        this.#transport.connect(event.server);
        break;
      case "disconnect":
        void this.#transport.disconnect(event.reason);
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

  #finish(end: AgentEnd): void {
    this.#isOver = true;
    this.#timer.set(undefined);
    this.#sampler.close();
    void this.#transport.end(end.how !== "forced").then(() => this.#end(end));
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
