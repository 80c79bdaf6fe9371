import { AgentEngine, type AgentEvent } from "../../src/agent/mod.ts";
import { ClientSession, PLATFORM_LINUX } from "../../src/protocols/snapshot/mod.ts";
import { describeAgentEvent } from "./agent_event_text.ts";
import type { AgentSession, SimAgentOptions } from "./agent_options.ts";
import { AgentSpool } from "./agent_spool.ts";
import { AgentTransport, type TransportOwner } from "./agent_transport.ts";
import { AgentWatch } from "./agent_watch.ts";
import type { Link } from "./link.ts";
import { machineSample } from "./machine_samples.ts";
import { ProcessClock } from "./process_clock.ts";
import type { Task } from "./scheduler.ts";
import type { VirtualDisk } from "./virtual_disk.ts";

/** The bound of the fleet's drain is the run's own. */
const DRAIN_TIMEOUT_MS = 1e9;
/** The largest frame there is, and one chunk: what an unfinished frame can hold. */
const MAX_SESSION_BYTES = 262_144 + 16_384;
const SELECTION = { all: true, top: 100, cmdline: false, redact: [] };

/** One life of an agent's process. */
export class AgentLife {
  readonly label: string;
  isOver = false;
  isStopping = false;
  /** Something in its spool waits for another life. */
  hasUnread = false;
  readonly #o: SimAgentOptions;
  readonly #session: AgentSession;
  readonly #clock: ProcessClock;
  readonly #transport: AgentTransport;
  readonly #watch: AgentWatch;
  readonly #disk: VirtualDisk | undefined;
  readonly #onEnded: () => void;
  #intervalMs: number;
  /** There once its spool is open. */
  #engine: AgentEngine | undefined;
  #spool: AgentSpool | undefined;
  /** It has finished, and its spool writes what it still has. */
  #isClosing = false;
  #timer: Task | undefined;
  #utcOffsetMs: number;

  /** @param onEnded told when it ends by itself: its spool can't be opened, or it has finished */
  constructor(options: SimAgentOptions, life: number, intervalMs: number, onEnded: () => void) {
    this.#o = options;
    this.label = `${options.name}/${life}`;
    this.#intervalMs = intervalMs;
    this.#onEnded = onEnded;
    const { env, random, wall, agentId, versions, compressor, spool } = options;
    this.#clock = new ProcessClock(env.scheduler, wall, random);
    this.#utcOffsetMs = Math.round(this.#clock.utcMs() - this.#clock.monotonicMs());
    this.#session = options.wrapSession(
      new ClientSession({
        agentId,
        platform: PLATFORM_LINUX,
        agentVersion: "1.0.0",
        hostName: agentId,
        osRelease: "virtual",
        capabilities: 0,
        entropy: random,
        utcOffsetMs: this.#utcOffsetMs,
        versions,
        ...(compressor === undefined ? {} : { compressor }),
      }),
    );
    this.#watch = new AgentWatch(env, options.accounts, this.label);
    this.#transport = new AgentTransport(options, this.#owner(), this.label);
    if (spool === undefined) {
      this.#begin();
      return;
    }
    this.#disk = AgentSpool.diskOf(env, spool, random);
    const utcOffsetMs = this.#utcOffsetMs;
    AgentSpool.open(env, spool, this.#disk, { agentId, entropy: random, utcOffsetMs }).then(
      (opened) => this.#opened(opened),
      (error: unknown) => this.#failed(error),
    );
    env.scheduler.hasPromises = true;
  }

  get link(): Link | undefined {
    return this.#transport.link;
  }

  /** Its spool is open, if it has one. */
  get isAtWork(): boolean {
    return !this.isOver && !this.#isClosing && this.#engine !== undefined;
  }

  /** Its process is gone, and with it what only its memory had. With `losesPower` its machine went down with it. */
  crash(losesPower: boolean, withHoles: boolean): void {
    this.#end();
    this.#disk?.end(losesPower, withHoles);
    this.link?.vanish("agent", losesPower);
    this.#o.accounts.ended();
  }

  /** Drains; a second time ends at once. */
  stop(): void {
    // Nobody has told the system yet what a signal is to do.
    if (this.#engine === undefined) {
      this.crash(false, false);
      return;
    }
    this.isStopping = true;
    this.#tell((engine, nowMs) => engine.stop(nowMs));
  }

  /** Nothing runs for a while: the machine sleeps, the process is stopped. */
  pause(forMs: number): void {
    if (!this.isOver && this.#engine !== undefined) this.#wakeAfter(forMs);
  }

  /** Samples at another pace from the next time on. */
  setInterval(intervalMs: number): void {
    this.#intervalMs = intervalMs;
    this.#tell((engine) => engine.reconfigure(intervalMs, SELECTION));
  }

  #owner(): TransportOwner {
    return {
      isOver: () => this.isOver,
      takeOutput: () => this.#engine!.takeOutput(),
      opened: () => this.#tell((engine, nowMs) => engine.opened(nowMs)),
      lost: (reason) => this.#tell((engine, nowMs) => engine.lost(reason, nowMs)),
      taken: () => this.#tell(() => {}),
      received: (chunk) => {
        this.#tell((engine, nowMs) => engine.receive(chunk, nowMs));
        const { heldBytes } = this.#session;
        this.#o.env.counts.max("max agent session bytes", heldBytes);
        if (heldBytes > MAX_SESSION_BYTES) {
          this.#o.env.violate("every buffer is within its limit", `${this.label} holds ${heldBytes} bytes of a frame`);
        }
      },
    };
  }

  #opened(spool: AgentSpool): void {
    if (this.isOver) return;
    this.#spool = spool;
    const { size } = spool.spool;
    this.#o.env.note(this.label, () => `has opened its spool of ${size}`);
    this.#o.accounts.recovered(size, spool.isDamaged);
    spool.spool.onChange = () => this.#guard(() => this.#tell((engine, nowMs) => engine.onTimeout(nowMs)));
    this.#guard(() => this.#begin());
  }

  /** Its spool can't be read: the process ends, and is started again. */
  #failed(error: unknown): void {
    if (this.isOver) return;
    this.#o.env.note(this.label, () => `can't use its spool: ${error}`);
    this.#o.env.counts.add("agent start failed");
    this.crash(false, false);
    this.#onEnded();
  }

  #begin(): void {
    const { random, outboxBytes } = this.#o;
    const spool = this.#spool?.spool;
    this.#engine = new AgentEngine(
      {
        session: this.#session,
        servers: ["server"],
        entropy: random,
        intervalMs: this.#intervalMs,
        selection: SELECTION,
        outboxBytes,
        drainTimeoutMs: DRAIN_TIMEOUT_MS,
        once: false,
        ...(spool === undefined ? {} : { spool }),
      },
      this.#clock.monotonicMs(),
    );
    this.#tell((engine, nowMs) => engine.onTimeout(nowMs));
  }

  /** What a promise has called throws to nobody. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (thrown) {
      this.#o.env.violate("nothing throws", (thrown as Error).stack ?? String(thrown));
    }
  }

  /** Every input goes through here, as in the agent's host. */
  #tell(input: (engine: AgentEngine, nowMs: number) => void): void {
    const engine = this.#engine;
    if (this.isOver || this.#isClosing || engine === undefined) return;
    // A spool goes on by itself.
    if (this.#spool !== undefined) this.#o.env.scheduler.hasPromises = true;
    input(engine, this.#clock.monotonicMs());
    for (let event = engine.nextEvent(); event; event = engine.nextEvent()) {
      const told = event;
      this.#o.env.note(this.label, () => describeAgentEvent(told));
      this.#carryOut(event);
    }
    if (this.isOver || this.#isClosing) return;
    this.#transport.flush();
    this.#setTimer(engine);
    this.#o.accounts.check(engine.queued);
    this.#spool?.check(this.label);
    this.#checkLife(engine);
  }

  #carryOut(event: AgentEvent): void {
    const { env } = this.#o;
    switch (event.type) {
      case "sample":
        this.#sample();
        return;
      case "connect":
        this.#transport.connect();
        return;
      case "disconnect":
        this.#transport.leave(event.reason);
        return;
      case "finished":
        env.counts.add(`agent ${event.how}`);
        this.#transport.leave("finished");
        void this.#close();
        return;
      case "spoolSetAside":
        this.hasUnread = true;
    }
    this.#watch.take(event, this.link);
  }

  #sample(): void {
    const { env, random, samples } = this.#o;
    const offsetMs = Math.round(this.#clock.utcMs() - this.#clock.monotonicMs());
    if (Math.abs(offsetMs - this.#utcOffsetMs) >= 2) {
      this.#utcOffsetMs = offsetMs;
      this.#tell((engine, nowMs) => engine.clockSet(offsetMs, nowMs));
    }
    env.scheduler.after(random.exponential(3), () => {
      if (this.isOver) return;
      const fails = random.chance(0.01);
      const sample = machineSample(random, samples, this.#clock.utcMs());
      this.#tell((engine, nowMs) => (fails ? engine.sampleFailed("no /proc", nowMs) : engine.sampled(sample, nowMs)));
    });
  }

  #setTimer(engine: AgentEngine): void {
    const { env, random } = this.#o;
    env.scheduler.cancel(this.#timer);
    const nextMs = engine.nextTimeoutMs();
    if (nextMs === undefined) return;
    const delayMs = Math.ceil(Math.max(0, nextMs - this.#clock.monotonicMs()));
    // Timers are late now and then; a session takes one that is early, too.
    const jitterMs = random.chance(0.1) ? random.between(-1, 30) : 0;
    this.#wakeAfter(Math.max(0.01, delayMs + jitterMs));
  }

  #wakeAfter(delayMs: number): void {
    const { scheduler } = this.#o.env;
    scheduler.cancel(this.#timer);
    this.#timer = scheduler.after(delayMs, () => this.#tell((engine, nowMs) => engine.onTimeout(nowMs)));
  }

  #checkLife(engine: AgentEngine): void {
    const isIdle = this.link === undefined && !this.#transport.isDialing && engine.nextTimeoutMs() === undefined;
    if (isIdle) this.#o.env.violate("nobody is stuck", `${this.label} has no connection and waits for nothing`);
  }

  /** It has finished: what its spool still has gets to the disk, if that takes it. */
  async #close(): Promise<void> {
    const { env, accounts } = this.#o;
    this.#isClosing = true;
    env.scheduler.hasPromises = true;
    env.scheduler.cancel(this.#timer);
    const spool = this.#spool?.spool;
    await spool?.close();
    if (this.isOver) return;
    if (spool?.isSettled) accounts.closed();
    this.#end();
    this.#disk?.end(false, false);
    accounts.ended();
    this.#onEnded();
  }

  #end(): void {
    this.isOver = true;
    this.#o.env.scheduler.cancel(this.#timer);
    this.#transport.end();
  }
}
