import type { Entry, Ledger } from "./ledger.ts";
import type { Link } from "./link.ts";
import type { Acceptor } from "./network.ts";
import { ServerLife, type SimServerOptions } from "./server_life.ts";

/** The server's machine: one process at a time has the store. */
export class SimServer implements Acceptor {
  readonly #options: SimServerOptions;
  #lives = 0;
  #life: ServerLife | undefined;

  constructor(options: SimServerOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#life !== undefined && !this.#life.isOver;
  }

  get isServing(): boolean {
    return this.#life?.isServing === true;
  }

  /** @param restartsAfterMs when it is started again after it ended by itself; nothing when it is not */
  start(restartsAfterMs: number | undefined): void {
    if (this.isRunning) return;
    this.#life = new ServerLife(this.#options, ++this.#lives, () => {
      if (restartsAfterMs === undefined) return;
      this.#options.env.scheduler.after(restartsAfterMs, () => this.start(restartsAfterMs));
    });
  }

  crash(losesPower: boolean, withHoles: boolean): void {
    if (!this.isRunning) return;
    const { env, ledger } = this.#options;
    env.note(this.#life!.label, () => (losesPower ? "loses power" : "is killed"));
    // Where the disk has written out of order, a later record may survive an earlier one.
    if (withHoles) ledger.displace(unstored(ledger));
    this.#life!.end(losesPower, withHoles);
  }

  stop(): void {
    this.#life?.stop();
  }

  accept(link: Link): boolean {
    return this.isRunning && this.#life!.accept(link);
  }
}

function* unstored(ledger: Ledger): Generator<Entry> {
  for (const entry of ledger.entries) if (entry.copies === 0) yield entry;
}
