import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A server that forgets its port on every restart stays reachable, and connections can be cut, through this. */
export class CuttingProxy {
  /** Everything that came from agents, one entry a connection: what was on the wire, forwarded or not. */
  readonly received: Uint8Array[][] = [];
  /** Connections that were cut. */
  cuts = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: number | undefined;
  #cutAfterBytes: (() => number) | undefined;

  private constructor(target: number | undefined) {
    this.#target = target;
    this.#server = createServer((socket) => this.#take(socket));
  }

  /** @param target the port that it leads to; nothing: connections are closed at once */
  static async open(target?: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => proxy.close());
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Connections from now on lead there, or nowhere. */
  leadTo(target: number | undefined): void {
    this.#target = target;
  }

  /**
   * From now on every other new connection is cut once it has carried so many bytes to the server; nothing: none is. Not
   * each: one that is cut as soon as it is full carries no answer back, and nobody could get anywhere.
   */
  cutAfter(bytes: (() => number) | undefined): void {
    this.#cutAfterBytes = bytes;
  }

  /** Cuts every connection that is open. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.cutAll();
    this.#server.close();
  }

  #take(agent: Socket): void {
    const target = this.#target;
    if (target === undefined) {
      agent.destroy();
      return;
    }
    const server = connect({ port: target, host: "127.0.0.1", noDelay: true });
    const received: Uint8Array[] = [];
    this.received.push(received);
    const isToBeCut = this.received.length % 2 === 1;
    let room = (isToBeCut ? this.#cutAfterBytes?.() : undefined) ?? Number.POSITIVE_INFINITY;
    for (const [one, other] of [
      [agent, server],
      [server, agent],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        this.#sockets.delete(one);
        // Not destroyed: what came before a cut still arrives.
        other.end();
      });
    }
    server.on("data", (chunk) => agent.write(chunk));
    agent.on("data", (chunk: Uint8Array) => {
      received.push(chunk);
      const passed = chunk.subarray(0, Math.min(chunk.length, room));
      room -= passed.length;
      if (room > 0) {
        server.write(passed);
        return;
      }
      this.cuts++;
      server.write(passed);
      agent.destroy();
    });
  }
}
