import type { Env } from "./env.ts";
import { Link, type LinkShape } from "./link.ts";
import type { Prng } from "./prng.ts";

/** Whoever takes connections in. */
export interface Acceptor {
  /** Attaches itself to the link; false when it is not listening. */
  accept(link: Link): boolean;
}

/** As the agent's host has it. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Connects agents and the server, as long as it feels like it. */
export class Network {
  readonly #env: Env;
  readonly #random: Prng;
  readonly #shape: (random: Prng) => LinkShape;
  #acceptor: Acceptor | undefined;
  #links: Link[] = [];
  #nextId = 1;
  /** Machines that reach nobody, and until when. */
  readonly #partitioned = new Map<string, number>();

  constructor(env: Env, random: Prng, shape: (random: Prng) => LinkShape) {
    this.#env = env;
    this.#random = random;
    this.#shape = shape;
  }

  /** Connections of which at least one end is open. */
  get links(): readonly Link[] {
    this.#links = this.#links.filter((link) => !link.isOver);
    return this.#links;
  }

  serve(acceptor: Acceptor): void {
    this.#acceptor = acceptor;
  }

  /** Nothing gets from or to that machine for so long. */
  partition(machine: string, forMs: number): void {
    this.#partitioned.set(machine, this.#env.scheduler.nowMs + forMs);
  }

  dial(machine: string, done: (link: Link | undefined, reason: string) => void): void {
    const { scheduler } = this.#env;
    if ((this.#partitioned.get(machine) ?? 0) > scheduler.nowMs) {
      scheduler.after(CONNECT_TIMEOUT_MS, () => done(undefined, "no connection within 10 s"));
      return;
    }
    const shape = this.#shape(this.#random);
    scheduler.after(shape.latencyMs * 2, () => {
      const link = new Link(this.#nextId++, this.#env, this.#random, shape);
      if (this.#acceptor?.accept(link) !== true) {
        done(undefined, "connection refused");
        return;
      }
      this.#links.push(link);
      done(link, "");
    });
  }
}
