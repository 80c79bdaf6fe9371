import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Done, Work } from "./worker.ts";

/** What many seeds came to. */
export interface Totals {
  readonly firstSeed: number;
  /** Seeds lived through. */
  seeds: number;
  /** The lowest seed that failed, if any did. */
  failed: number | undefined;
  steps: number;
  virtualMs: number;
  elapsedMs: number;
  /** Sums over all seeds; of `max …` the largest. */
  readonly counts: Record<string, number>;
  /** The least that a seed has stored under faults. */
  minStored: number;
}

/** Seeds that a worker takes at a time: few enough that progress shows, many enough that messages do not. */
const SHARE = 20;
const PROGRESS_MS = 500;

/** Many seeds on all cores. Ends at the first share with a failing one in it. */
export class Campaign {
  readonly #firstSeed: number;
  readonly #count: number;
  readonly #work: Pick<Work, "minStored" | "steps" | "sabotage">;
  readonly #totals: Totals;
  #next: number;

  constructor(firstSeed: number, count: number, work: Pick<Work, "minStored" | "steps" | "sabotage">) {
    this.#firstSeed = firstSeed;
    this.#count = count;
    this.#work = work;
    this.#next = firstSeed;
    this.#totals = {
      firstSeed,
      seeds: 0,
      failed: undefined,
      steps: 0,
      virtualMs: 0,
      elapsedMs: 0,
      counts: {},
      minStored: Number.POSITIVE_INFINITY,
    };
  }

  async run(): Promise<Totals> {
    const startMs = performance.now();
    const progress = process.stderr.isTTY ? setInterval(() => this.#tell(startMs), PROGRESS_MS) : undefined;
    const workers = Math.min(availableParallelism(), Math.ceil(this.#count / SHARE));
    await Promise.all(Array.from({ length: workers }, () => this.#drive()));
    clearInterval(progress);
    if (progress !== undefined) process.stderr.write("\r\x1b[K");
    this.#totals.elapsedMs = performance.now() - startMs;
    return this.#totals;
  }

  async #drive(): Promise<void> {
    const worker = new Worker(new URL("./worker.mjs", import.meta.url));
    try {
      for (let work = this.#take(); work !== undefined; work = this.#take()) {
        const share = work;
        const done = await new Promise<Done>((resolve, reject) => {
          worker.once("message", resolve);
          worker.once("error", reject);
          worker.postMessage(share);
        });
        worker.removeAllListeners("error");
        this.#add(done);
      }
    } finally {
      await worker.terminate();
    }
  }

  #take(): Work | undefined {
    const left = this.#firstSeed + this.#count - this.#next;
    if (left <= 0 || this.#totals.failed !== undefined) return undefined;
    const count = Math.min(SHARE, left);
    const firstSeed = this.#next;
    this.#next += count;
    return { firstSeed, count, ...this.#work };
  }

  #add({ results }: Done): void {
    const totals = this.#totals;
    for (const { seed, violation, steps, virtualMs, counts } of results) {
      totals.seeds++;
      totals.steps += steps;
      totals.virtualMs += virtualMs;
      for (const [name, value] of counts) {
        const before = totals.counts[name] ?? 0;
        totals.counts[name] = name.startsWith("max ") ? Math.max(before, value) : before + value;
      }
      totals.minStored = Math.min(totals.minStored, counts.get("stored under faults") ?? 0);
      if (violation !== undefined) totals.failed = Math.min(totals.failed ?? seed, seed);
    }
  }

  #tell(startMs: number): void {
    const { seeds } = this.#totals;
    const perSecond = seeds / ((performance.now() - startMs) / 1_000);
    const leftSeconds = Math.round((this.#count - seeds) / Math.max(perSecond, 1e-9));
    process.stderr.write(
      `\r\x1b[K${seeds} of ${this.#count} seeds, ${perSecond.toFixed(0)} a second, ${leftSeconds} s left`,
    );
  }
}
