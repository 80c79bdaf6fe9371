import { connect, createServer, type Server, type Socket } from "node:net";
import type { Prng } from "../../simulation/prng.ts";

/** How long a cut waits for a chunk to cut through. */
const CHUNK_WAIT_MS = 100;

/** A line that breaks on demand: between a peer and the hub, or the hub and a peer that is bound. */
export class CuttingRelay {
  readonly #server: Server;
  readonly #prng: Prng;
  readonly #lines = new Set<Line>();

  private constructor(target: string, prng: Prng) {
    const { hostname, port } = new URL(target.replace("tcp:", "http:"));
    this.#prng = prng;
    this.#server = createServer((near) => {
      const line = new Line(near, connect({ host: hostname, port: Number(port), noDelay: true }));
      this.#lines.add(line);
      near.once("close", () => this.#lines.delete(line));
    });
  }

  /** @param target a `tcp://` endpoint @returns the relay, and where it listens */
  static async open(host: string, target: string, prng: Prng): Promise<{ relay: CuttingRelay; endpoint: string }> {
    const relay = new CuttingRelay(target, prng);
    await new Promise<void>((resolve) => relay.#server.listen(0, host, resolve));
    const { port } = relay.#server.address() as { port: number };
    return { relay, endpoint: `tcp://${host}:${port}` };
  }

  cut(): void {
    for (const line of this.#lines) line.cut(this.#prng.unit(), this.#prng.chance(0.5));
  }
}

class Line {
  readonly #near: Socket;
  readonly #far: Socket;
  /** The part of the next chunk that still gets through. */
  #cutAt: number | undefined;
  #isHard = false;

  constructor(near: Socket, far: Socket) {
    this.#near = near;
    this.#far = far;
    this.#join(near, far);
    this.#join(far, near);
  }

  /** @param part of the next chunk that gets through @param isHard by a reset, not an end */
  cut(part: number, isHard: boolean): void {
    this.#cutAt = part;
    this.#isHard = isHard;
    const timer = setTimeout(() => this.#break(), CHUNK_WAIT_MS);
    this.#near.once("close", () => clearTimeout(timer));
  }

  #join(from: Socket, to: Socket): void {
    from.on("error", () => {});
    from.on("close", () => to.end());
    from.on("data", (chunk: Uint8Array) => {
      if (this.#cutAt === undefined) {
        if (!to.write(chunk)) from.pause();
        return;
      }
      to.write(chunk.subarray(0, Math.floor(chunk.length * this.#cutAt)));
      // What was written has its turn to leave first.
      setImmediate(() => this.#break());
    });
    to.on("drain", () => from.resume());
  }

  #break(): void {
    for (const socket of [this.#near, this.#far]) {
      if (this.#isHard) socket.resetAndDestroy();
      else socket.destroy();
    }
  }
}
