/** CPU and memory of the machines of a capture, as columns. */

/** Loads that are kept, at 36 bytes each: about 18 MB. */
export const MAX_LOADS = 500_000;
const FIRST_CAPACITY = 256;

/** One sampling window. */
export interface Load {
  /** The end of the window. */
  readonly timeMs: number;
  readonly cpuPct: number;
  readonly memUsedBytes: number;
  readonly memTotalBytes: number;
  readonly row: number;
}

/** Columns for a chart, in the order of time. */
export interface LoadSeries {
  readonly timeMs: Float64Array;
  readonly cpuPct: Float32Array;
  readonly memUsedBytes: Float64Array;
  readonly memTotalBytes: Float64Array;
  readonly row: Uint32Array;
  /** True where several windows became one point: the busiest of each. */
  readonly isThinned: boolean;
}

/** Loads in the order of the capture. Not public. */
export class Loads {
  #timeMs = new Float64Array(FIRST_CAPACITY);
  #memUsedBytes = new Float64Array(FIRST_CAPACITY);
  #memTotalBytes = new Float64Array(FIRST_CAPACITY);
  #cpuPct = new Float32Array(FIRST_CAPACITY);
  #row = new Uint32Array(FIRST_CAPACITY);
  #agent = new Uint32Array(FIRST_CAPACITY);
  #size = 0;
  #dropped = 0;
  readonly #maxLoads: number;

  constructor(maxLoads: number) {
    this.#maxLoads = maxLoads;
  }

  /** Loads that were too many to be kept. */
  get dropped(): number {
    return this.#dropped;
  }

  add(agent: number, load: Load): void {
    if (this.#size === this.#maxLoads) {
      this.#dropped++;
      return;
    }
    if (this.#size === this.#timeMs.length) this.#grow();
    const at = this.#size++;
    this.#timeMs[at] = load.timeMs;
    this.#cpuPct[at] = load.cpuPct;
    this.#memUsedBytes[at] = load.memUsedBytes;
    this.#memTotalBytes[at] = load.memTotalBytes;
    this.#row[at] = load.row;
    this.#agent[at] = agent;
  }

  /** Loads of an agent in [fromMs, toMs), in the order of time, at most `maxPoints`. */
  series(agent: number, fromMs: number, toMs: number, maxPoints: number): LoadSeries {
    const found: number[] = [];
    for (let at = 0; at < this.#size; at++) {
      const timeMs = this.#timeMs[at]!;
      if (this.#agent[at] === agent && timeMs >= fromMs && timeMs < toMs) found.push(at);
    }
    found.sort((a, b) => this.#timeMs[a]! - this.#timeMs[b]!);
    const isThinned = found.length > maxPoints;
    const kept = isThinned ? this.#busiestOfRuns(found, maxPoints) : found;
    return {
      timeMs: Float64Array.from(kept, (at) => this.#timeMs[at]!),
      cpuPct: Float32Array.from(kept, (at) => this.#cpuPct[at]!),
      memUsedBytes: Float64Array.from(kept, (at) => this.#memUsedBytes[at]!),
      memTotalBytes: Float64Array.from(kept, (at) => this.#memTotalBytes[at]!),
      row: Uint32Array.from(kept, (at) => this.#row[at]!),
      isThinned,
    };
  }

  /** Of each run of neighbours the one with most CPU: peaks are what one looks for. */
  #busiestOfRuns(places: readonly number[], maxPoints: number): number[] {
    const kept: number[] = [];
    for (let i = 0; i < maxPoints; i++) {
      const run = places.slice(
        Math.floor((i * places.length) / maxPoints),
        Math.floor(((i + 1) * places.length) / maxPoints),
      );
      kept.push(run.reduce((best, at) => (this.#cpuPct[at]! > this.#cpuPct[best]! ? at : best)));
    }
    return kept;
  }

  #grow(): void {
    const capacity = Math.min(this.#maxLoads, this.#timeMs.length * 2);
    const grown = <T extends { set(from: T): void }>(into: T, from: T): T => {
      into.set(from);
      return into;
    };
    this.#timeMs = grown(new Float64Array(capacity), this.#timeMs);
    this.#memUsedBytes = grown(new Float64Array(capacity), this.#memUsedBytes);
    this.#memTotalBytes = grown(new Float64Array(capacity), this.#memTotalBytes);
    this.#cpuPct = grown(new Float32Array(capacity), this.#cpuPct);
    this.#row = grown(new Uint32Array(capacity), this.#row);
    this.#agent = grown(new Uint32Array(capacity), this.#agent);
  }
}
