import { AgentEngine, type AgentEngineOptions } from "../../src/agent/agent_engine.ts";
import type { AgentEvent } from "../../src/agent/agent_events.ts";
import type { Entropy } from "../../src/ports/entropy.ts";
import type { MachineSample } from "../../src/ports/machine_sampler.ts";
import { ClientSession, type ServerEvent, ServerSession } from "../../src/protocols/snapshot/mod.ts";
import { DedupeWindow } from "../../src/sansio/mod.ts";

/** What a test's server does; each field may be changed as the test goes. */
export interface ServerBehaviour {
  /** A connection attempt succeeds. */
  reachable: boolean;
  /** Addresses at which no attempt succeeds. */
  down: readonly string[];
  /** A whole snapshot is said to be stored at once. */
  stores: boolean;
  /** Connections are let in with this throttle. */
  throttleDelayMs: number;
  maxUnstoredSnapshots: number;
}

/** An engine with a real session, a server's session at the other end, and a clock that only the test moves. */
export class VirtualAgent {
  nowMs = 1_000;
  readonly engine: AgentEngine;
  readonly events: { atMs: number; event: AgentEvent }[] = [];
  /** What the server saw. */
  readonly serverEvents: ServerEvent[] = [];
  readonly server: ServerBehaviour = {
    reachable: true,
    down: [],
    stores: true,
    throttleDelayMs: 0,
    maxUnstoredSnapshots: 8,
  };
  /** What a sample shows; nothing makes sampling fail. */
  machine: MachineSample | undefined = sampleOf(3);
  sampleMs = 0;
  #peer: ServerSession | undefined;
  #known = new DedupeWindow(1_024);
  #pending: { atMs: number; run: () => void }[] = [];

  constructor(options: Partial<AgentEngineOptions> = {}) {
    const entropy = seededEntropy();
    const session = new ClientSession({
      agentId: "agent-1",
      platform: 2,
      agentVersion: "1",
      hostName: "h",
      osRelease: "r",
      capabilities: 0,
      entropy,
      utcOffsetMs: 0,
    });
    this.engine = new AgentEngine(
      {
        session,
        servers: ["server-1"],
        entropy,
        intervalMs: 10_000,
        selection: { all: false, top: 100, cmdline: false, redact: [] },
        outboxBytes: 1_048_576,
        drainTimeoutMs: 5_000,
        once: false,
        ...options,
      },
      this.nowMs,
    );
  }

  /** Moves the clock, stopping at everything that is due on the way. */
  run(ms: number): void {
    const endMs = this.nowMs + ms;
    this.settle();
    for (;;) {
      const nextMs = Math.min(
        this.engine.nextTimeoutMs() ?? Number.POSITIVE_INFINITY,
        this.#peer?.nextTimeoutMs() ?? Number.POSITIVE_INFINITY,
        ...this.#pending.map(({ atMs }) => atMs),
      );
      if (nextMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      const due = this.#pending.filter(({ atMs }) => atMs <= this.nowMs);
      this.#pending = this.#pending.filter(({ atMs }) => atMs > this.nowMs);
      for (const { run } of due) run();
      this.engine.onTimeout(this.nowMs);
      this.#peer?.onTimeout(this.nowMs);
      this.settle();
    }
    this.nowMs = endMs;
  }

  /** Carries out what the engine wants until it wants nothing more. */
  settle(): void {
    for (let moved = true; moved; ) {
      moved = false;
      for (let event = this.engine.nextEvent(); event; event = this.engine.nextEvent()) {
        moved = true;
        this.events.push({ atMs: this.nowMs, event });
        this.#carryOut(event);
      }
      for (const chunk of this.#peer === undefined ? [] : this.engine.takeOutput()) {
        moved = true;
        this.#peer?.receive(chunk, this.nowMs);
      }
      if (this.#serve()) moved = true;
    }
  }

  /** The connection breaks. */
  cut(reason = "cut"): void {
    this.#peer = undefined;
    this.engine.lost(reason, this.nowMs);
    this.settle();
  }

  /** The server says that everything it has is stored. */
  storeAll(): void {
    for (const event of this.serverEvents) {
      if (event.type === "snapshot") this.#peer?.command({ type: "stored", snapshotId: event.snapshotId }, this.nowMs);
    }
    this.settle();
  }

  throttle(throttleDelayMs: number): void {
    this.#peer?.command({ type: "throttle", throttleDelayMs, reason: "test" }, this.nowMs);
    this.settle();
  }

  refuseFirst(): void {
    const first = this.serverEvents.find((event) => event.type === "snapshot");
    if (first?.type !== "snapshot") throw new Error("there is no snapshot to refuse");
    const { snapshotId } = first;
    this.#peer?.command({ type: "refuse", snapshotId, errorName: "PAYLOAD_MALFORMED", detail: "test" }, this.nowMs);
    this.settle();
  }

  of<T extends AgentEvent["type"]>(type: T): Extract<AgentEvent, { type: T }>[] {
    return this.events.map(({ event }) => event).filter((event) => event.type === type) as never;
  }

  timesOf(type: AgentEvent["type"]): number[] {
    return this.events.filter(({ event }) => event.type === type).map(({ atMs }) => atMs);
  }

  snapshots(): string[] {
    return this.serverEvents.flatMap((event) => (event.type === "snapshot" ? [event.snapshotId.join()] : []));
  }

  #carryOut(event: AgentEvent): void {
    if (event.type === "sample") {
      this.#pending.push({ atMs: this.nowMs + this.sampleMs, run: () => this.#answerSample() });
    } else if (event.type === "connect") {
      if (!this.server.reachable || this.server.down.includes(event.server)) {
        this.engine.lost("refused", this.nowMs);
        return;
      }
      const { maxUnstoredSnapshots } = this.server;
      const options = { entropy: seededEntropy(), utcOffsetMs: 0, platform: 2, maxUnstoredSnapshots };
      this.#peer = new ServerSession(options, this.nowMs);
      this.engine.opened(this.nowMs);
    } else if (event.type === "disconnect") this.cut(event.reason);
    else if (event.type === "finished") this.#peer = undefined;
  }

  #answerSample(): void {
    if (this.machine === undefined) this.engine.sampleFailed("no /proc", this.nowMs);
    else this.engine.sampled(this.machine, this.nowMs);
    this.settle();
  }

  #serve(): boolean {
    let moved = false;
    const peer = this.#peer;
    for (let event = peer?.nextEvent(); event; event = peer?.nextEvent()) {
      moved = true;
      this.serverEvents.push(event);
      const { throttleDelayMs } = this.server;
      if (event.type === "handshake")
        peer?.command({ type: "accept", known: this.#known, throttleDelayMs }, this.nowMs);
      if (event.type === "snapshot" && this.server.stores) {
        peer?.command({ type: "stored", snapshotId: event.snapshotId }, this.nowMs);
      }
    }
    for (const chunk of peer?.takeOutput() ?? []) {
      moved = true;
      this.engine.receive(chunk, this.nowMs);
    }
    return moved;
  }
}

/** A machine with so many processes. */
export function sampleOf(processes: number): MachineSample {
  return {
    windowStartMs: 1,
    windowEndMs: 2,
    cpuTotalPct: 5,
    memUsedBytes: 1,
    memTotalBytes: 2,
    processTotal: processes,
    processes: Array.from({ length: processes }, (_, pid) => ({
      pid,
      name: `process-${pid}`,
      cpuPct: 0,
      rssBytes: 4_096,
      cmdline: null,
    })),
  };
}

function seededEntropy(): Entropy {
  let seed = 1;
  return {
    fill(into) {
      for (let i = 0; i < into.length; i++) {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        into[i] = seed >>> 16;
      }
    },
  };
}
