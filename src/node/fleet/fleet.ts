import { AgentEngine } from "../../agent/agent_engine.ts";
import type { AgentReport } from "../../agent/agent_events.ts";
import type { Dialer } from "../../ports/byte_stream.ts";
import type { Clock } from "../../ports/clock.ts";
import { ClientSession } from "../../protocols/snapshot/client_session.ts";
import { PLATFORM_LINUX } from "../../protocols/snapshot/wire.ts";
import { AgentHost, utcOffsetMs } from "../agent_host.ts";
import { systemEntropy } from "../entropy.ts";
import { LatencyHistogram } from "./latency_histogram.ts";
import { SyntheticSampler } from "./synthetic_sampler.ts";

/** Connections that are opened a second: a fleet that starts at once would measure the server's backlog. */
const STARTS_PER_SECOND = 1_000;
/** What an agent keeps while the server does not take it: over a hundred snapshots of the usual size. */
const OUTBOX_BYTES = 1_048_576;
/** How often late agents are started. */
const START_TICK_MS = 5;

/** What a {@linkcode Fleet} is made of. */
export interface FleetOptions {
  readonly agents: number;
  /** Snapshots a second, of all agents together. */
  readonly perSecond: number;
  /** In each snapshot. */
  readonly processes: number;
  /** `host:port` */
  readonly server: string;
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly agentVersion: string;
  readonly drainTimeoutMs: number;
}

/** What a fleet has done so far. */
export interface FleetCounts {
  /** Snapshots that the agents took on. */
  readonly accepted: number;
  /** Of them, said to be stored. */
  readonly acknowledged: number;
  readonly refused: number;
  /** Dropped because an agent's outbox was full. */
  readonly dropped: number;
  /** Frames sent again. */
  readonly resent: number;
  /** Frames of acknowledged snapshots. */
  readonly wireBytes: number;
  readonly connections: number;
  readonly connectionsLost: number;
  /** Most at a time. */
  readonly peakConnections: number;
  /** Times that an agent was asked for another pace. */
  readonly throttled: number;
}

/** Many agents in one process: real engines, sessions and sockets, on machines that do not exist. */
export class Fleet {
  /** From the end of sampling to the server's word that it is durable. */
  readonly latency: LatencyHistogram = new LatencyHistogram();
  readonly #options: FleetOptions;
  readonly #engines: AgentEngine[] = [];
  readonly #hosts: AgentHost[] = [];
  readonly #ends: Promise<unknown>[] = [];
  #connections = 0;
  #connectionsLost = 0;
  #peakConnections = 0;
  #throttled = 0;
  #trouble: string | undefined;
  #starting: NodeJS.Timeout | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** What last went wrong. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  get counts(): FleetCounts {
    const sum = (of: (engine: AgentEngine) => number): number =>
      this.#engines.reduce((total, engine) => total + of(engine), 0);
    return {
      accepted: sum(({ counters }) => counters.sampled),
      acknowledged: sum(({ counters }) => counters.stored),
      refused: sum(({ counters }) => counters.refused),
      dropped: sum(({ counters }) => counters.dropped),
      resent: sum(({ counters }) => counters.resent),
      wireBytes: sum(({ counters }) => counters.wireBytes),
      connections: this.#connections,
      connectionsLost: this.#connectionsLost,
      peakConnections: this.#peakConnections,
      throttled: this.#throttled,
    };
  }

  /** Starts the agents, spread over one interval of theirs, so that they keep out of step. */
  start(): void {
    const { agents, clock } = this.#options;
    const startMs = clock.monotonicMs();
    const spreadMs = Math.max(this.#intervalMs, (agents * 1_000) / STARTS_PER_SECOND);
    this.#starting = setInterval(() => {
      const due = Math.min(agents, Math.ceil(((clock.monotonicMs() - startMs) / spreadMs) * agents));
      while (this.#hosts.length < due) this.#startAgent(this.#hosts.length);
      if (due === agents) clearInterval(this.#starting);
    }, START_TICK_MS);
  }

  /** Drains every agent, a second call ends at once; resolves when all have ended. */
  async stop(): Promise<void> {
    clearInterval(this.#starting);
    for (const host of this.#hosts) host.stop();
    await Promise.all(this.#ends);
  }

  get #intervalMs(): number {
    return (this.#options.agents * 1_000) / this.#options.perSecond;
  }

  #startAgent(machine: number): void {
    const { agentVersion, processes, server, dialer, clock, drainTimeoutMs } = this.#options;
    const agentId = `fleet-${String(machine).padStart(6, "0")}`;
    const session = new ClientSession({
      agentId,
      platform: PLATFORM_LINUX,
      agentVersion,
      hostName: agentId,
      osRelease: "none",
      capabilities: 0,
      entropy: systemEntropy,
      utcOffsetMs: utcOffsetMs(clock),
    });
    const engine = new AgentEngine(
      {
        session,
        servers: [server],
        entropy: systemEntropy,
        intervalMs: this.#intervalMs,
        selection: { all: false, top: processes, cmdline: false, redact: [] },
        outboxBytes: OUTBOX_BYTES,
        drainTimeoutMs,
        once: false,
      },
      clock.monotonicMs(),
    );
    const sampler = new SyntheticSampler(clock, machine, processes);
    const host = new AgentHost({ engine, sampler, dialer, clock, onReport: (report) => this.#take(report) });
    this.#engines.push(engine);
    this.#hosts.push(host);
    this.#ends.push(host.run());
  }

  #take(report: AgentReport): void {
    switch (report.type) {
      case "stored":
        this.latency.add(report.latencyMs);
        break;
      case "connected":
        this.#connections++;
        this.#peakConnections = Math.max(this.#peakConnections, this.#connections);
        break;
      case "disconnected":
        this.#connections--;
        this.#connectionsLost++;
        this.#trouble = report.reason;
        break;
      case "retry":
        this.#trouble = report.reason;
        break;
      case "serverError":
      case "refused":
        this.#trouble = `${report.errorName}: ${report.detail}`;
        break;
      case "throttle":
        if (report.throttleDelayMs > 0) this.#throttled++;
        break;
    }
  }
}
