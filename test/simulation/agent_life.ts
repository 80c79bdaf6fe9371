import { AgentEngine, type AgentEvent } from "../../src/agent/mod.ts";
import { ClientSession, PLATFORM_LINUX } from "../../src/protocols/snapshot/mod.ts";
import { AgentAccounts } from "./agent_accounts.ts";
import { describeAgentEvent } from "./agent_event_text.ts";
import type { AgentSession, SimAgentOptions } from "./agent_options.ts";
import type { Link, LinkEnd } from "./link.ts";
import { machineSample } from "./machine_samples.ts";
import { ProcessClock } from "./process_clock.ts";
import type { Task } from "./scheduler.ts";
import { WireOrder } from "./wire_order.ts";

/** The bound of the fleet's drain is the run's own. */
const DRAIN_TIMEOUT_MS = 1e9;
/** A write that the peer does not take for so long ends the connection: as the agent's host has it. */
const WRITE_TIMEOUT_MS = 30_000;
/** The largest frame there is, and one chunk: what an unfinished frame can hold. */
const MAX_SESSION_BYTES = 262_144 + 16_384;
/** Refusals that the protocol allows itself towards an honest agent (spec §6.7). */
const LAWFUL_REFUSALS = new Set(["REASSEMBLY_OVERFLOW"]);

/** One life of an agent's process. */
export class AgentLife implements LinkEnd {
  readonly label: string;
  readonly engine: AgentEngine;
  isOver = false;
  isStopping = false;
  link: Link | undefined;
  readonly #o: SimAgentOptions;
  readonly #session: AgentSession;
  readonly #clock: ProcessClock;
  readonly #order: WireOrder;
  readonly #accounts: AgentAccounts;
  #timer: Task | undefined;
  #writeTimer: Task | undefined;
  #isWriting = false;
  #isDialing = false;
  #utcOffsetMs: number;

  constructor(options: SimAgentOptions, life: number) {
    this.#o = options;
    this.label = `${options.name}/${life}`;
    this.#accounts = new AgentAccounts(options, this.label);
    const { env, random, wall, agentId, versions, compressor } = options;
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
    this.#order = new WireOrder(env, options.ledger, compressor, this.label);
    const selection = { all: true, top: 100, cmdline: false, redact: [] };
    const { intervalMs, outboxBytes } = options;
    this.engine = new AgentEngine(
      {
        session: this.#session,
        servers: ["server"],
        entropy: random,
        intervalMs,
        selection,
        outboxBytes,
        drainTimeoutMs: DRAIN_TIMEOUT_MS,
        once: false,
      },
      this.#clock.monotonicMs(),
    );
    this.#tell((engine, nowMs) => engine.onTimeout(nowMs));
  }

  get unsettled(): number {
    return this.#accounts.unsettled;
  }

  /** Its process is gone, and with it what only its memory had. */
  crash(isSilent: boolean): void {
    this.#end();
    this.link?.vanish("agent", isSilent);
    this.#accounts.giveUp();
  }

  /** Drains; a second time ends at once. */
  stop(): void {
    this.isStopping = true;
    this.#tell((engine, nowMs) => engine.stop(nowMs));
  }

  /** Nothing runs for a while: the machine sleeps, the process is stopped. */
  pause(forMs: number): void {
    if (!this.isOver) this.#wakeAfter(forMs);
  }

  onChunk(chunk: Uint8Array): void {
    this.#tell((engine, nowMs) => engine.receive(chunk, nowMs));
    const { heldBytes } = this.#session;
    this.#o.env.counts.max("max agent session bytes", heldBytes);
    if (heldBytes > MAX_SESSION_BYTES) {
      this.#o.env.violate("every buffer is within its limit", `${this.label} holds ${heldBytes} bytes of a frame`);
    }
  }

  onTaken(): void {
    this.#isWriting = false;
    this.#o.env.scheduler.cancel(this.#writeTimer);
    this.#tell(() => {});
  }

  onClosed(reason: string): void {
    const { link } = this;
    if (link === undefined) return;
    this.#lose(link, reason);
  }

  /** Every input goes through here, as in the agent's host. */
  #tell(input: (engine: AgentEngine, nowMs: number) => void): void {
    if (this.isOver) return;
    input(this.engine, this.#clock.monotonicMs());
    for (let event = this.engine.nextEvent(); event; event = this.engine.nextEvent()) {
      this.#o.env.note(this.label, () => describeAgentEvent(event));
      this.#carryOut(event);
    }
    if (this.isOver) return;
    this.#flush();
    this.#setTimer();
    this.#accounts.check(this.engine.queued);
    this.#checkLife();
  }

  #carryOut(event: AgentEvent): void {
    const { env } = this.#o;
    switch (event.type) {
      case "sample":
        this.#sample();
        return;
      case "connect":
        this.#connect();
        return;
      case "disconnect":
        if (this.link !== undefined) this.#leave(this.link, event.reason);
        return;
      case "finished":
        env.counts.add(`agent ${event.how}`);
        if (this.link !== undefined) this.#leave(this.link, "finished");
        this.#end();
        this.#accounts.giveUp();
        return;
      case "sampled":
        this.#accounts.sampled(event.snapshotId, event.payload);
        return;
      case "stored":
      case "dropped":
        this.#accounts.settle(event.snapshotId, event.type);
        return;
      case "refused":
        this.#accounts.settle(event.snapshotId, "refused");
        env.counts.add(`refused ${event.errorName}`);
        if (!LAWFUL_REFUSALS.has(event.errorName)) {
          env.violate("honest agents are not refused", `${this.label}: ${event.errorName}: ${event.detail}`);
        }
        return;
      case "protocolError":
        if (this.link?.isCorrupted === false) {
          env.violate("honest peers find no fault", `${this.label} on an undamaged link: ${event.error.message}`);
        }
        return;
      case "resent":
        env.counts.add("resent");
    }
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

  #connect(): void {
    this.#isDialing = true;
    this.#o.network.dial(this.#o.name, (link, reason) => {
      if (this.isOver) {
        link?.close("agent");
        return;
      }
      this.#isDialing = false;
      if (link === undefined) {
        this.#tell((engine, nowMs) => engine.lost(reason, nowMs));
        return;
      }
      this.link = link;
      this.#order.begin();
      link.onDisplaced = () => this.#accounts.displace();
      link.attach("agent", this);
      this.#tell((engine, nowMs) => engine.opened(nowMs));
    });
  }

  #flush(): void {
    const { link } = this;
    if (link === undefined || this.#isWriting) return;
    const chunks = this.engine.takeOutput();
    if (chunks.length === 0) return;
    this.#order.sent(chunks, link.isCorrupted);
    if (link.write("agent", chunks)) return;
    this.#isWriting = true;
    this.#writeTimer = this.#o.env.scheduler.after(WRITE_TIMEOUT_MS, () => this.#lose(link, "the server took nothing"));
  }

  /** Writes what is left, then closes. */
  #leave(link: Link, reason: string): void {
    const chunks = this.engine.takeOutput();
    if (!this.#isWriting && chunks.length > 0) link.write("agent", chunks);
    // The engine is told a moment later, as a host that waits for its last write does.
    this.#o.env.scheduler.after(0.5, () => this.#lose(link, reason));
  }

  /** Tells the engine once for each connection, whoever noticed first. */
  #lose(link: Link, reason: string): void {
    link.close("agent");
    if (link !== this.link) return;
    this.link = undefined;
    this.#isWriting = false;
    this.#o.env.scheduler.cancel(this.#writeTimer);
    this.#tell((engine, nowMs) => engine.lost(reason, nowMs));
  }

  #setTimer(): void {
    const { env, random } = this.#o;
    env.scheduler.cancel(this.#timer);
    const nextMs = this.engine.nextTimeoutMs();
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

  #checkLife(): void {
    const isIdle = this.link === undefined && !this.#isDialing && this.engine.nextTimeoutMs() === undefined;
    if (isIdle) this.#o.env.violate("nobody is stuck", `${this.label} has no connection and waits for nothing`);
  }

  #end(): void {
    this.isOver = true;
    this.#o.env.scheduler.cancel(this.#timer);
    this.#o.env.scheduler.cancel(this.#writeTimer);
  }
}
