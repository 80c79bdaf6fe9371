/**
 * Which server is next. An agent stays with one as long as it can and moves on to the next when it fails, in the order
 * that was given, round and round; the pauses between are the session's retry schedule (spec §6.4). Nothing is drawn at
 * random, so a run is repeatable.
 */
export class ServerRotation {
  readonly #servers: readonly string[];
  #at = 0;

  /** @param servers at least one */
  constructor(servers: readonly string[]) {
    this.#servers = servers;
  }

  get current(): string {
    return this.#servers[this.#at]!;
  }

  /** The current one failed. */
  moveOn(): void {
    this.#at = (this.#at + 1) % this.#servers.length;
  }
}
