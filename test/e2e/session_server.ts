import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { Compressor } from "../../src/ports/compressor.ts";
import {
  type ServerEvent,
  ServerSession,
  type ServerSessionOptions,
  type Version,
  type VersionRange,
} from "../../src/protocols/snapshot/mod.ts";
import { DedupeWindow } from "../../src/sansio/mod.ts";

/** Another implementation's wishes, as far as a test has any. */
export interface SessionServerOptions {
  readonly versions?: VersionRange;
  readonly compressor?: Compressor;
  readonly heartbeatIntervalMs?: number;
  /** What becomes of a frame's bytes before they are written: a newer server puts fields of its own in. */
  readonly rewrite?: (frame: Uint8Array) => Uint8Array;
  /** False: snapshots are taken in and never stored. */
  readonly stores?: boolean;
  readonly maxUnstoredSnapshots?: number;
}

/** The server's session on real sockets, for what the server's command line has no option for. */
export class SessionServer {
  readonly events: ServerEvent[] = [];
  /** Frames of each snapshot, in the order in which they were stored. */
  readonly stored: (readonly Uint8Array[])[] = [];
  readonly #options: SessionServerOptions;
  readonly #known = new DedupeWindow(1_024);
  readonly #server: Server = createServer((socket) => this.#take(socket));
  readonly #sockets = new Set<Socket>();

  private constructor(options: SessionServerOptions) {
    this.#options = options;
  }

  static async listen(options: SessionServerOptions = {}): Promise<SessionServer> {
    const server = new SessionServer(options);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      for (const socket of server.#sockets) socket.destroy();
      server.#server.close();
    });
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Versions that were settled on, one a handshake. */
  get versions(): Version[] {
    return this.events.flatMap((event) => (event.type === "handshake" ? [event.version] : []));
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    const { versions, compressor, heartbeatIntervalMs, maxUnstoredSnapshots } = this.#options;
    const options: ServerSessionOptions = {
      entropy: { fill: (into) => void crypto.getRandomValues(into as Uint8Array<ArrayBuffer>) },
      platform: 2,
      utcOffsetMs: Math.round(performance.timeOrigin),
      ...(versions === undefined ? {} : { versions }),
      ...(compressor === undefined ? {} : { compressor }),
      ...(heartbeatIntervalMs === undefined ? {} : { heartbeatIntervalMs }),
      ...(maxUnstoredSnapshots === undefined ? {} : { maxUnstoredSnapshots }),
    };
    const session = new ServerSession(options, performance.now());
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      session.receive(chunk, performance.now());
      this.#pump(session, socket);
    });
    // Timers are for agents that are silent; none is here.
  }

  #pump(session: ServerSession, socket: Socket): void {
    for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
      this.events.push(event);
      if (event.type === "handshake")
        session.command({ type: "accept", known: this.#known, throttleDelayMs: 0 }, performance.now());
      if (event.type === "snapshot" && this.#options.stores !== false) {
        this.stored.push(event.frames);
        session.command({ type: "stored", snapshotId: event.snapshotId }, performance.now());
      }
      if (event.type === "disconnect") setImmediate(() => socket.end());
    }
    const { rewrite = (frame) => frame } = this.#options;
    for (const frame of session.takeOutput()) socket.write(rewrite(frame));
  }
}
