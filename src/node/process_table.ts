import type { ProcessStat } from "./proc_stat.ts";

const FIRST_CAPACITY = 256;
/** Twice the pids of the largest default; on a machine with more, those over it are counted and not listed. */
const MAX_PROCESSES = 131_072;
/** The kernel writes at most 63 bytes (a worker thread's name and what it works on). */
const NAME_SLOT_BYTES = 64;

/**
 * The processes of one look at the machine, as columns in pid order: two of these are all that sampling keeps, and
 * joining them needs no index.
 */
export class ProcessTable {
  #capacity = FIRST_CAPACITY;
  pids: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  startTicks: Float64Array = new Float64Array(FIRST_CAPACITY);
  cpuTicks: Float64Array = new Float64Array(FIRST_CAPACITY);
  rssPages: Float64Array = new Float64Array(FIRST_CAPACITY);
  /** Share of all processors, filled in by the join. */
  cpuPct: Float32Array = new Float32Array(FIRST_CAPACITY);
  #names: Uint8Array = new Uint8Array(FIRST_CAPACITY * NAME_SLOT_BYTES);
  #nameBytes: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  /** How many rows are in use. */
  count = 0;
  /** The youngest process's start. */
  newestStartTicks = 0;

  clear(): void {
    this.count = 0;
    this.newestStartTicks = 0;
  }

  /** Adds a row, if there is room; pids come in rising order. */
  add(pid: number, stat: ProcessStat, buffer: Uint8Array): void {
    if (this.count === this.#capacity && !this.#grow()) return;
    const row = this.count++;
    this.pids[row] = pid;
    this.startTicks[row] = stat.startTicks;
    this.cpuTicks[row] = stat.cpuTicks;
    this.rssPages[row] = stat.rssPages;
    this.cpuPct[row] = 0;
    const nameBytes = Math.min(stat.nameBytes, NAME_SLOT_BYTES);
    // A loop: a view made for each process would cost more than copying its few bytes.
    for (let i = 0; i < nameBytes; i++) this.#names[row * NAME_SLOT_BYTES + i] = buffer[stat.nameAt + i]!;
    this.#nameBytes[row] = nameBytes;
    if (stat.startTicks > this.newestStartTicks) this.newestStartTicks = stat.startTicks;
  }

  /** The bytes of a row's name: a view, valid until the table is filled anew. */
  name(row: number): Uint8Array {
    const at = row * NAME_SLOT_BYTES;
    return this.#names.subarray(at, at + this.#nameBytes[row]!);
  }

  /** Whether this very process (not a later one with its pid) is in the table. */
  has(pid: number, startTicks: number): boolean {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.pids[middle]! < pid) low = middle + 1;
      else high = middle;
    }
    return low < this.count && this.pids[low] === pid && this.startTicks[low] === startTicks;
  }

  #grow(): boolean {
    if (this.#capacity >= MAX_PROCESSES) return false;
    const capacity = this.#capacity * 2;
    const copy = <T extends Uint8Array | Uint32Array | Float32Array | Float64Array>(from: T, into: T): T => {
      into.set(from);
      return into;
    };
    this.pids = copy(this.pids, new Uint32Array(capacity));
    this.startTicks = copy(this.startTicks, new Float64Array(capacity));
    this.cpuTicks = copy(this.cpuTicks, new Float64Array(capacity));
    this.rssPages = copy(this.rssPages, new Float64Array(capacity));
    this.cpuPct = copy(this.cpuPct, new Float32Array(capacity));
    this.#names = copy(this.#names, new Uint8Array(capacity * NAME_SLOT_BYTES));
    this.#nameBytes = copy(this.#nameBytes, new Uint8Array(capacity));
    this.#capacity = capacity;
    return true;
  }
}
