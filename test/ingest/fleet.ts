import { Ingest, type IngestEvent, type IngestLimits } from "../../src/ingest/mod.ts";
import {
  type ClientEvent,
  ClientSession,
  encodeSnapshot,
  idHex,
  PLATFORM_LINUX,
  type ServerSessionOptions,
} from "../../src/protocols/snapshot/mod.ts";
import { MemoryStore } from "./memory_store.ts";

/** UTC at time 0 of the virtual clock. */
export const UTC_OFFSET_MS = 1_700_000_000_000;

let draws = 0;
/** Not random, and never the same twice. */
const entropy = {
  fill: (into: Uint8Array): void => {
    draws++;
    for (let i = 0; i < into.length; i++) into[i] = (draws >> ((i % 4) * 8)) & 0xff;
  },
};

export interface FleetOptions {
  readonly limits?: Partial<IngestLimits>;
  readonly session?: Partial<ServerSessionOptions>;
}

/** A server and its agents in one process, in virtual time, without sockets. */
export class Fleet {
  readonly ingest: Ingest;
  readonly store: MemoryStore = new MemoryStore();
  readonly events: IngestEvent[] = [];
  readonly agents: FleetAgent[] = [];
  nowMs = 0;
  #nextConnId = 1;
  readonly #byConnId = new Map<number, FleetAgent>();

  constructor(options: FleetOptions = {}) {
    this.ingest = new Ingest({
      session: { entropy, utcOffsetMs: UTC_OFFSET_MS, platform: PLATFORM_LINUX, ...options.session },
      reportStored: true,
      limits: { maxBatchDelayMs: 5, ...options.limits },
    });
  }

  /** A new agent, connected and let in. */
  async join(agentId: string): Promise<FleetAgent> {
    const agent = new FleetAgent(this, agentId);
    this.agents.push(agent);
    await this.settle();
    return agent;
  }

  /** Opens a transport; nothing when it is not let in. */
  open(agent: FleetAgent | undefined): number | undefined {
    const connId = this.#nextConnId++;
    if (!this.ingest.opened(connId, `10.0.0.1:${connId}`, this.nowMs)) return undefined;
    if (agent !== undefined) this.#byConnId.set(connId, agent);
    return connId;
  }

  close(connId: number): void {
    this.#byConnId.delete(connId);
    this.ingest.closed(connId, this.nowMs);
  }

  /** Events of one type so far. */
  told<T extends IngestEvent["type"]>(type: T): (IngestEvent & { type: T })[] {
    return this.events.filter((event): event is IngestEvent & { type: T } => event.type === type);
  }

  /** Carries bytes and batches until nothing moves any more at this moment. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      const moved = this.#step();
      // The store's promises take a few turns.
      await new Promise((resolve) => setImmediate(resolve));
      quiet = moved ? 0 : quiet + 1;
    }
  }

  /** Lets time pass, stopping wherever somebody has something to do. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.nowMs + durationMs;
    await this.settle();
    for (;;) {
      const dueMs = Math.min(
        this.ingest.nextTimeoutMs() ?? Number.POSITIVE_INFINITY,
        ...this.agents.map((agent) => agent.session.nextTimeoutMs() ?? Number.POSITIVE_INFINITY),
      );
      if (dueMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, dueMs);
      this.ingest.onTimeout(this.nowMs);
      for (const agent of this.agents) agent.session.onTimeout(this.nowMs);
      await this.settle();
    }
    this.nowMs = endMs;
  }

  #step(): boolean {
    let moved = false;
    for (const agent of this.agents) moved = agent.step() || moved;
    for (let connId = this.ingest.nextDirty(); connId !== undefined; connId = this.ingest.nextDirty()) {
      const agent = this.#byConnId.get(connId);
      for (const bytes of this.ingest.takeOutput(connId)) {
        moved = true;
        agent?.receive(connId, bytes);
      }
      if (!this.ingest.isClosing(connId)) continue;
      moved = true;
      this.close(connId);
      agent?.lost(connId, "closed by the server");
    }
    const batch = this.ingest.takeBatch(this.nowMs);
    if (batch !== undefined) {
      moved = true;
      this.store.append(batch.records).then(
        () => this.ingest.batchStored(batch.id, this.nowMs),
        (error: unknown) => this.ingest.batchFailed(batch.id, error, this.nowMs),
      );
    }
    for (let event = this.ingest.nextEvent(); event !== undefined; event = this.ingest.nextEvent()) {
      moved = true;
      this.events.push(event);
    }
    return moved;
  }
}

/** An agent: a real client session on the fleet's transports. */
export class FleetAgent {
  readonly agentId: string;
  readonly session: ClientSession;
  readonly events: ClientEvent[] = [];
  /** Whether it connects when its session asks for it. */
  isOnline = true;
  connId: number | undefined;
  readonly #fleet: Fleet;
  #sent = 0;

  constructor(fleet: Fleet, agentId: string) {
    this.#fleet = fleet;
    this.agentId = agentId;
    this.session = new ClientSession({
      agentId,
      platform: PLATFORM_LINUX,
      agentVersion: "1.0.0",
      hostName: agentId,
      osRelease: "",
      capabilities: 0,
      entropy,
      utcOffsetMs: UTC_OFFSET_MS,
    });
    this.session.onTimeout(fleet.nowMs);
  }

  /** Sends a snapshot of about that many bytes; gives its id. */
  send(bytes = 200): string {
    this.#sent++;
    const snapshotId = new Uint8Array(16);
    new TextEncoder().encodeInto(this.agentId, snapshotId);
    new DataView(snapshotId.buffer).setUint32(12, this.#sent);
    const payload = encodeSnapshot({
      snapshotId,
      windowStartMs: UTC_OFFSET_MS + this.#fleet.nowMs - 100,
      windowEndMs: UTC_OFFSET_MS + this.#fleet.nowMs,
      cpuTotalPct: 1,
      selection: 0,
      memUsedBytes: 1,
      memTotalBytes: 2,
      processTotal: 1,
      processes: [{ pid: 1, name: "x".repeat(bytes), cpuPct: 1, rssBytes: 1, cmdline: null }],
      extensions: [],
    });
    this.session.command({ type: "send", snapshotId, payload }, this.#fleet.nowMs);
    return idHex(snapshotId);
  }

  /** The ids that it was told are stored, in order. */
  get stored(): string[] {
    return this.events.flatMap((event) => (event.type === "stored" ? [idHex(event.snapshotId)] : []));
  }

  /** Events of one type so far. */
  told<T extends ClientEvent["type"]>(type: T): (ClientEvent & { type: T })[] {
    return this.events.filter((event): event is ClientEvent & { type: T } => event.type === type);
  }

  /** The network goes. */
  cut(): void {
    const { connId } = this;
    if (connId === undefined) return;
    this.#fleet.close(connId);
    this.lost(connId, "cut");
  }

  receive(connId: number, bytes: Uint8Array): void {
    if (connId === this.connId) this.session.receive(bytes, this.#fleet.nowMs);
  }

  lost(connId: number, reason: string): void {
    if (connId !== this.connId) return;
    this.connId = undefined;
    this.session.command({ type: "lost", reason }, this.#fleet.nowMs);
  }

  step(): boolean {
    let moved = false;
    for (let event = this.session.nextEvent(); event !== undefined; event = this.session.nextEvent()) {
      moved = true;
      this.events.push(event);
      if (event.type === "connect") this.#connect();
      if (event.type === "disconnect") this.cut();
    }
    if (this.connId === undefined) return moved;
    for (const bytes of this.session.takeOutput()) {
      moved = true;
      this.#fleet.ingest.receive(this.connId, bytes, this.#fleet.nowMs);
    }
    return moved;
  }

  #connect(): void {
    this.connId = this.isOnline ? this.#fleet.open(this) : undefined;
    if (this.connId === undefined) this.session.command({ type: "lost", reason: "refused" }, this.#fleet.nowMs);
    else this.session.command({ type: "opened" }, this.#fleet.nowMs);
  }
}
