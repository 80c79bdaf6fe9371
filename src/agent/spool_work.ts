import { RETRY } from "../protocols/snapshot/wire.ts";
import { retryDelayMs } from "../sansio/mod.ts";

/** What a disk is used for: a full one still reads. */
export type WorkKind = "read" | "write";

/** One thing to do for a disk. */
export interface WorkStep {
  readonly kind: WorkKind;
  run(): Promise<void>;
}

/** Who has work for a disk, and hears how it goes. */
export interface WorkOwner {
  /** On the clock that timeouts are counted on. */
  nowMs(): number;
  /** What is to be done next of the kinds that may be tried now; nothing when all is done. */
  nextStep(mayTry: (kind: WorkKind) => boolean): WorkStep | undefined;
  /** A step is done, well or not. */
  changed(): void;
  /** The first failure of a row. */
  failed(reason: string): void;
  /** The first step that worked again. */
  recovered(): void;
}

/** Does one thing at a time; a kind of work that fails is tried again, each time after twice as long. */
export class SpoolWork {
  readonly #owner: WorkOwner;
  readonly #failures: Record<WorkKind, number> = { read: 0, write: 0 };
  readonly #retryAtMs: Record<WorkKind, number | undefined> = { read: undefined, write: undefined };
  #running: Promise<void> | undefined;

  constructor(owner: WorkOwner) {
    this.#owner = owner;
  }

  /** When `onTimeout` is to be called; nothing while nothing has failed. */
  get nextTimeoutMs(): number | undefined {
    const { read, write } = this.#retryAtMs;
    return read === undefined || write === undefined ? (read ?? write) : Math.min(read, write);
  }

  onTimeout(nowMs: number): void {
    for (const kind of ["read", "write"] as const) {
      if ((this.#retryAtMs[kind] ?? Number.POSITIVE_INFINITY) <= nowMs) this.#retryAtMs[kind] = undefined;
    }
    this.kick();
  }

  /** There may be something to do. */
  kick(): void {
    if (this.#running !== undefined) return;
    const step = this.#owner.nextStep((kind) => this.#retryAtMs[kind] === undefined);
    if (step === undefined) return;
    this.#running = this.#run(step).then(() => {
      this.#running = undefined;
      this.kick();
      this.#owner.changed();
    });
  }

  /** Resolves when nothing is being done; what failed is tried once more, at once. */
  async finish(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    this.#retryAtMs.read = undefined;
    this.#retryAtMs.write = undefined;
    this.kick();
    while (this.#running !== undefined) await this.#running;
  }

  async #run({ kind, run }: WorkStep): Promise<void> {
    try {
      await run();
      if (this.#failures[kind] > 0) this.#owner.recovered();
      this.#failures[kind] = 0;
    } catch (error) {
      if (this.#failures[kind] === 0) this.#owner.failed(error instanceof Error ? error.message : String(error));
      this.#retryAtMs[kind] = this.#owner.nowMs() + retryDelayMs(RETRY, this.#failures[kind]++);
    }
  }
}
