import { createServer, type Server, type Socket } from "node:net";
import { systemEntropy } from "../../src/node/entropy.ts";
import type { Compressor } from "../../src/ports/mod.ts";
import { type ServerEvent, ServerSession } from "../../src/protocols/snapshot/mod.ts";
import { DedupeWindow } from "../../src/sansio/mod.ts";

/** A server of the protocol on a free port: the real session, and no store behind it. */
export class SessionServer {
  readonly events: ServerEvent[] = [];
  /** Says at once that what came in is stored. */
  stores = true;
  /** With one, zstd is chosen for agents that offer it. */
  compressor: Compressor | undefined;
  address = "";
  readonly #server: Server;
  readonly #sockets: Set<Socket> = new Set();
  readonly #known = new DedupeWindow(1_024);
  #waiting: (() => void)[] = [];

  constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.address = `127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Breaks every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  /** Resolves when so many events of a type have come. */
  async seen(type: ServerEvent["type"], count: number): Promise<void> {
    while (this.events.filter((event) => event.type === type).length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const zstd = this.compressor === undefined ? {} : { compressor: this.compressor };
    const session = new ServerSession({ entropy: systemEntropy, utcOffsetMs: Date.now(), platform: 2, ...zstd }, 0);
    const settle = (): void => {
      for (let event = session.nextEvent(); event; event = session.nextEvent()) {
        this.events.push(event);
        if (event.type === "handshake") session.command({ type: "accept", known: this.#known, throttleDelayMs: 0 }, 0);
        if (event.type === "snapshot" && this.stores) {
          session.command({ type: "stored", snapshotId: event.snapshotId }, 0);
        }
      }
      for (const chunk of session.takeOutput()) socket.write(chunk);
      for (const wake of this.#waiting.splice(0)) wake();
    };
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (chunk) => {
      session.receive(chunk, 0);
      settle();
    });
  }
}
