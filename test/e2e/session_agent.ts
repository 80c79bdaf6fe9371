import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { Compressor } from "../../src/ports/compressor.ts";
import {
  type ClientEvent,
  ClientSession,
  encodeSnapshot,
  idHex,
  PLATFORM_LINUX,
  type SnapshotPayload,
  type VersionRange,
} from "../../src/protocols/snapshot/mod.ts";

/** How a test's own agent differs from the usual. */
export interface SessionAgentOptions {
  readonly agentId: string;
  /** Where to connect; asked each time. */
  readonly port: () => number;
  readonly compressor?: Compressor;
  readonly versions?: VersionRange;
  /** Outlives the test that made it; the caller closes it. */
  readonly keep?: boolean;
}

/** A real client session on a real socket, fed with a test's own snapshots: it keeps each until it is stored or refused. */
export class SessionAgent {
  readonly events: ClientEvent[] = [];
  readonly storedIds: string[] = [];
  readonly refusals: string[] = [];
  readonly #session: ClientSession;
  readonly #port: () => number;
  readonly #startedMs = performance.now();
  readonly #waiting: SnapshotPayload[] = [];
  #unanswered = 0;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(options: SessionAgentOptions) {
    const { agentId, port, compressor, versions } = options;
    this.#port = port;
    this.#session = new ClientSession({
      agentId,
      platform: PLATFORM_LINUX,
      agentVersion: "test",
      hostName: "test",
      osRelease: "",
      capabilities: 0,
      entropy: { fill: (into) => void crypto.getRandomValues(into as Uint8Array<ArrayBuffer>) },
      utcOffsetMs: Math.round(performance.timeOrigin + this.#startedMs),
      ...(compressor === undefined ? {} : { compressor }),
      ...(versions === undefined ? {} : { versions }),
    });
    if (options.keep !== true) onTestFinished(() => this.close());
    this.#pump();
  }

  /** Snapshots that are neither stored nor refused. */
  get unanswered(): number {
    return this.#unanswered;
  }

  send(...snapshots: SnapshotPayload[]): void {
    this.#waiting.push(...snapshots);
    this.#unanswered += snapshots.length;
    this.#pump();
  }

  /** Waits until something holds. */
  async until(what: string, look: () => boolean, withinMs = 20_000): Promise<void> {
    const endMs = Date.now() + withinMs;
    while (!look()) {
      if (Date.now() >= endMs) throw new Error(`not within ${withinMs} ms: ${what}; ${this.#unanswered} unanswered`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, endMs - Date.now());
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Waits until every snapshot is stored or refused. */
  settled(withinMs?: number): Promise<void> {
    return this.until("everything answered", () => this.#unanswered === 0, withinMs);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #pump(): void {
    if (this.#isClosed) return;
    for (;;) {
      while (this.#session.capacity > 0 && this.#waiting.length > 0) {
        const snapshot = this.#waiting.shift()!;
        const payload = encodeSnapshot(snapshot);
        this.#session.command({ type: "send", snapshotId: snapshot.snapshotId, payload }, this.#nowMs());
      }
      const event = this.#session.nextEvent();
      if (event === undefined) break;
      this.#take(event);
    }
    for (const bytes of this.#session.takeOutput()) this.#socket?.write(bytes);
    this.#setTimer();
    this.#wake();
  }

  #take(event: ClientEvent): void {
    this.events.push(event);
    if (event.type === "connect") this.#connect();
    if (event.type === "disconnect") this.#socket?.end();
    if (event.type === "stored") this.storedIds.push(idHex(event.snapshotId));
    if (event.type === "refused") this.refusals.push(event.errorName);
    if (event.type === "stored" || event.type === "refused") this.#unanswered--;
  }

  #connect(): void {
    const socket = connect({ port: this.#port(), host: "127.0.0.1", noDelay: true });
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("connect", () => this.#tell({ type: "opened" }));
    socket.on("data", (chunk) => {
      if (this.#isClosed) return;
      this.#session.receive(chunk, this.#nowMs());
      this.#pump();
    });
    socket.on("close", () => this.#tell({ type: "lost", reason: "closed" }));
  }

  #tell(command: Parameters<ClientSession["command"]>[0]): void {
    if (this.#isClosed) return;
    this.#session.command(command, this.#nowMs());
    this.#pump();
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const nextMs = this.#session.nextTimeoutMs();
    if (nextMs === undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#session.onTimeout(this.#nowMs());
        this.#pump();
      },
      Math.max(0, Math.ceil(nextMs - this.#nowMs())),
    );
  }

  #nowMs(): number {
    return performance.now() - this.#startedMs;
  }
}
