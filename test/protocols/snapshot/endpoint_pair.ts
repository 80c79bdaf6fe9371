/** Two sessions and the wire between them, in virtual time: no sockets, no clock. */
import type { Compressor } from "../../../src/ports/compressor.ts";
import {
  type ClientCommand,
  type ClientEvent,
  ClientSession,
  type ClientSessionOptions,
  type ServerCommand,
  type ServerEvent,
  ServerSession,
  type ServerSessionOptions,
} from "../../../src/protocols/snapshot/mod.ts";
import { DedupeWindow } from "../../../src/sansio/mod.ts";

/** What the wire does to bytes on their way. */
export interface Wire {
  /** How long a chunk takes. */
  delayMs: number;
  /** Cuts what was written into chunks. */
  chunksOf(bytes: Uint8Array): Uint8Array[];
  /** Bytes to the server that still pass before the connection breaks; infinite while it holds. */
  bytesUntilCut: number;
}

export interface PairOptions {
  readonly client?: Partial<ClientSessionOptions>;
  readonly server?: Partial<ServerSessionOptions>;
  readonly compressor?: Compressor;
  /** What a host does with a snapshot; it stores it at once when left out. */
  readonly onSnapshot?: "store" | "leave";
  /** Let the agent in by itself; true when left out. */
  readonly accepts?: boolean;
}

interface InFlight {
  readonly atMs: number;
  readonly to: "client" | "server";
  readonly bytes: Uint8Array;
}

/** Bytes that follow each other, so that a run can be repeated. */
export function countingEntropy(start: number): { fill(into: Uint8Array): void } {
  return { fill: (into) => void into.set(Uint8Array.from(into, (_, i) => start + i)) };
}

export const CLIENT_OPTIONS: ClientSessionOptions = {
  agentId: "agent-01",
  platform: 2,
  agentVersion: "1.0.0",
  hostName: "db-1",
  osRelease: "Linux 6.1",
  capabilities: 0,
  entropy: countingEntropy(0x10),
  utcOffsetMs: 1_767_225_600_000,
};

export const SERVER_OPTIONS: ServerSessionOptions = {
  entropy: countingEntropy(0x80),
  utcOffsetMs: 1_767_225_600_000,
  platform: 2,
};

/** An agent and a server that is there whenever the agent connects, with what it stored kept across connections. */
export class EndpointPair {
  readonly client: ClientSession;
  readonly wire: Wire = {
    delayMs: 1,
    chunksOf: (bytes) => [bytes],
    bytesUntilCut: Number.POSITIVE_INFINITY,
  };
  readonly clientEvents: { readonly atMs: number; readonly event: ClientEvent }[] = [];
  readonly serverEvents: { readonly atMs: number; readonly event: ServerEvent }[] = [];
  /** Everything that each side wrote, frame by frame. */
  readonly clientFrames: { readonly atMs: number; readonly bytes: Uint8Array }[] = [];
  readonly serverFrames: { readonly atMs: number; readonly bytes: Uint8Array }[] = [];
  /** Every snapshot that the store took, in order. */
  readonly stored: Uint8Array[] = [];
  /** Ids that outlive a connection. */
  readonly known: DedupeWindow = new DedupeWindow(1_024);
  server: ServerSession | undefined;
  /** False makes every attempt to connect fail. */
  isReachable = true;
  nowMs = 0;
  readonly #options: PairOptions;
  #inFlight: InFlight[] = [];

  constructor(options: PairOptions = {}) {
    this.#options = options;
    const zstd = options.compressor === undefined ? {} : { compressor: options.compressor };
    this.client = new ClientSession({ ...CLIENT_OPTIONS, ...zstd, ...options.client });
  }

  /** Runs until nothing is due at or before `untilMs`, which is then now. */
  run(untilMs: number): void {
    this.#settle();
    for (;;) {
      const nextMs = this.#nextMs();
      if (nextMs === undefined || nextMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      this.#deliver();
      this.client.onTimeout(this.nowMs);
      this.server?.onTimeout(this.nowMs);
      this.#settle();
    }
    this.nowMs = untilMs;
  }

  /** Runs for so long from now. */
  runFor(ms: number): void {
    this.run(this.nowMs + ms);
  }

  clientCommand(command: ClientCommand): void {
    this.client.command(command, this.nowMs);
    this.#settle();
  }

  serverCommand(command: ServerCommand): void {
    this.server!.command(command, this.nowMs);
    this.#settle();
  }

  /** Breaks the connection: what is on the way is gone, and the agent is told. */
  cut(): void {
    this.#inFlight = [];
    this.server = undefined;
    this.wire.bytesUntilCut = Number.POSITIVE_INFINITY;
    if (this.client.state !== "offline" && this.client.state !== "closed") {
      this.client.command({ type: "lost", reason: "cut" }, this.nowMs);
    }
    this.#settle();
  }

  eventsOf<T extends ClientEvent["type"]>(type: T): Extract<ClientEvent, { type: T }>[] {
    return this.clientEvents.flatMap(({ event }) =>
      event.type === type ? [event as Extract<ClientEvent, { type: T }>] : [],
    );
  }

  serverEventsOf<T extends ServerEvent["type"]>(type: T): Extract<ServerEvent, { type: T }>[] {
    return this.serverEvents.flatMap(({ event }) =>
      event.type === type ? [event as Extract<ServerEvent, { type: T }>] : [],
    );
  }

  #nextMs(): number | undefined {
    const times = [
      this.client.nextTimeoutMs(),
      this.server?.nextTimeoutMs(),
      ...this.#inFlight.map(({ atMs }) => atMs),
    ].filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #deliver(): void {
    for (let next = this.#takeDue(); next !== undefined; next = this.#takeDue()) {
      // The session may keep nothing of the chunk: the host's buffer is used again.
      const chunk = next.bytes.slice();
      if (next.to === "client") this.client.receive(chunk, this.nowMs);
      else this.server?.receive(chunk, this.nowMs);
      chunk.fill(0xee);
    }
  }

  #takeDue(): InFlight | undefined {
    const at = this.#inFlight.findIndex(({ atMs }) => atMs <= this.nowMs);
    return at < 0 ? undefined : this.#inFlight.splice(at, 1)[0];
  }

  /** Lets both hosts react until neither has anything to do. */
  #settle(): void {
    for (let isBusy = true; isBusy; ) {
      const clientEvent = this.client.nextEvent();
      if (clientEvent !== undefined) {
        this.clientEvents.push({ atMs: this.nowMs, event: clientEvent });
        this.#onClient(clientEvent);
      }
      const serverEvent = this.server?.nextEvent();
      if (serverEvent !== undefined) {
        this.serverEvents.push({ atMs: this.nowMs, event: serverEvent });
        this.#onServer(serverEvent);
      }
      isBusy = clientEvent !== undefined || serverEvent !== undefined;
    }
    this.#write(this.client.takeOutput(), "server", this.clientFrames);
    this.#write(this.server?.takeOutput() ?? [], "client", this.serverFrames);
  }

  #write(frames: Uint8Array[], to: InFlight["to"], log: { atMs: number; bytes: Uint8Array }[]): void {
    for (const bytes of frames) {
      log.push({ atMs: this.nowMs, bytes });
      let passing = bytes;
      if (to === "server" && this.wire.bytesUntilCut < bytes.length)
        passing = bytes.subarray(0, this.wire.bytesUntilCut);
      if (to === "server") this.wire.bytesUntilCut -= bytes.length;
      for (const chunk of this.wire.chunksOf(passing)) {
        this.#inFlight.push({ atMs: this.nowMs + this.wire.delayMs, to, bytes: chunk });
      }
    }
  }

  #onClient(event: ClientEvent): void {
    if (event.type === "connect") {
      if (!this.isReachable) {
        this.client.command({ type: "lost", reason: "refused" }, this.nowMs);
        return;
      }
      const zstd = this.#options.compressor === undefined ? {} : { compressor: this.#options.compressor };
      this.server = new ServerSession({ ...SERVER_OPTIONS, ...zstd, ...this.#options.server }, this.nowMs);
      this.client.command({ type: "opened" }, this.nowMs);
    } else if (event.type === "disconnect" && this.client.state !== "closed") {
      this.cut();
    }
  }

  #onServer(event: ServerEvent): void {
    if (event.type === "handshake" && (this.#options.accepts ?? true)) {
      this.server!.command({ type: "accept", known: this.known, throttleDelayMs: 0 }, this.nowMs);
    } else if (event.type === "snapshot" && this.#options.onSnapshot !== "leave") {
      this.stored.push(event.snapshotId);
      this.server!.command({ type: "stored", snapshotId: event.snapshotId }, this.nowMs);
    } else if (event.type === "disconnect") {
      // The last words arrive, behind what is on its way, then the connection is gone.
      this.#write(this.server!.takeOutput(), "client", this.serverFrames);
      for (const { to, bytes } of this.#inFlight) if (to === "client") this.client.receive(bytes, this.nowMs);
      this.cut();
    }
  }
}
