import type { Clock } from "../ports/clock.ts";
import type { MachineSample, MachineSampler, ProcessSample } from "../ports/machine_sampler.ts";
import { CmdlineReader } from "./cmdline_reader.ts";
import { GONE, ProcReader } from "./proc_reader.ts";
import { type CpuTicks, type ProcessStat, parseCpuTicks, parseMeminfo, parseProcessStat } from "./proc_stat.ts";
import { ProcessTable } from "./process_table.ts";
import { fillUsage, rankedRows } from "./process_usage.ts";

/** What a sampler looks at. */
export interface SamplerOptions {
  /** Processes listed at most; Infinity lists all. */
  readonly maxProcesses: number;
  readonly cmdline: boolean;
  readonly clock: Clock;
  /** `/proc` when left out. */
  readonly root?: string;
}

/** A first sample has no window behind it; this one is long enough for a share of a hundredth on one processor. */
const FIRST_WINDOW_MS = 250;
/** auxv(5): the entry that says how large a page is, and what it is on nearly every machine. */
const AT_PAGESZ = 6;
const USUAL_PAGE_BYTES = 4_096;

/** Reads `/proc` directly. Linux gives a process's times in clock ticks, and everything here is a ratio of ticks. */
export class LinuxSampler implements MachineSampler {
  readonly #options: SamplerOptions;
  readonly #reader: ProcReader;
  readonly #cmdlines: CmdlineReader;
  readonly #pageBytes: number;
  readonly #stat: ProcessStat = { nameAt: 0, nameBytes: 0, cpuTicks: 0, startTicks: 0, rssPages: 0 };
  readonly #cpu: CpuTicks = { totalTicks: 0, idleTicks: 0 };
  #before: ProcessTable = new ProcessTable();
  #now: ProcessTable = new ProcessTable();
  #windowStartMs: number | undefined;
  #endFirstWindow: (() => void) | undefined;

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#reader = new ProcReader(options.root ?? "/proc");
    this.#cmdlines = new CmdlineReader(this.#reader);
    this.#pageBytes = readPageBytes(this.#reader);
  }

  async sample(): Promise<MachineSample> {
    if (this.#windowStartMs === undefined) {
      this.#look();
      await this.#waitFirstWindow();
    }
    const windowStartMs = this.#windowStartMs!;
    const { totalTicks, idleTicks } = this.#cpu;
    const processTotal = this.#look();
    const windowTicks = this.#cpu.totalTicks - totalTicks;
    // Waiting for a disk counts as idle, and its counter may step back.
    const idle = Math.max(0, this.#cpu.idleTicks - idleTicks);
    fillUsage(this.#now, this.#before, windowTicks);
    return {
      windowStartMs,
      windowEndMs: this.#windowStartMs!,
      cpuTotalPct: windowTicks > 0 ? Math.min(100, Math.max(0, (1 - idle / windowTicks) * 100)) : 0,
      ...this.#readMemory(),
      processTotal,
      processes: this.#listProcesses(),
    };
  }

  /** Ends a first window that is under way. */
  close(): void {
    this.#endFirstWindow?.();
  }

  #waitFirstWindow(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, FIRST_WINDOW_MS);
      this.#endFirstWindow = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /**
   * Reads the counters of the machine and of each process; the ones before become `#before`.
   *
   * @returns how many processes there are, those that may not be read among them
   */
  #look(): number {
    // Until this look is whole there is nothing to compare with: after a failure the next sample begins anew.
    this.#windowStartMs = undefined;
    [this.#before, this.#now] = [this.#now, this.#before];
    this.#now.clear();
    const length = this.#reader.read("stat");
    if (length < 0 || !parseCpuTicks(this.#reader.buffer, length, this.#cpu)) {
      throw new Error("can't read the processor times in /proc/stat: is /proc mounted?");
    }
    const atMs = this.#options.clock.utcMs();
    const pids = processIds(this.#reader.list());
    let processTotal = 0;
    for (const pid of pids) {
      const bytes = this.#reader.read(`${pid}/stat`);
      if (bytes === GONE) continue;
      processTotal++;
      if (bytes > 0 && parseProcessStat(this.#reader.buffer, bytes, this.#stat)) {
        this.#now.add(pid, this.#stat, this.#reader.buffer);
      }
    }
    this.#windowStartMs = atMs;
    return processTotal;
  }

  #readMemory(): { memTotalBytes: number; memUsedBytes: number } {
    const length = this.#reader.read("meminfo");
    const read = (label: string): number | undefined => parseMeminfo(this.#reader.buffer, length, label);
    const memTotalBytes = read("MemTotal");
    if (memTotalBytes === undefined) throw new Error("can't read the memory in /proc/meminfo: is /proc mounted?");
    // Kernels before 3.14 have no MemAvailable; free, buffers and cache come close.
    const available = read("MemAvailable") ?? (read("MemFree") ?? 0) + (read("Buffers") ?? 0) + (read("Cached") ?? 0);
    return { memTotalBytes, memUsedBytes: Math.max(0, memTotalBytes - available) };
  }

  #listProcesses(): ProcessSample[] {
    const table = this.#now;
    const processes = rankedRows(table, this.#options.maxProcesses).map((row) => {
      const pid = table.pids[row]!;
      const name = UTF8.decode(table.name(row));
      const cmdline = this.#options.cmdline ? this.#cmdlines.read(pid, table.startTicks[row]!, name) : null;
      const rssBytes = table.rssPages[row]! * this.#pageBytes;
      return { pid, name, cpuPct: table.cpuPct[row]!, rssBytes, cmdline };
    });
    if (this.#options.cmdline) this.#cmdlines.keepOnly(table);
    return processes;
  }
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** The names that are pids, in rising order (the kernel gives them so; another file system may not). */
function processIds(names: readonly string[]): Uint32Array {
  const pids = new Uint32Array(names.length);
  let count = 0;
  let isSorted = true;
  for (const name of names) {
    const first = name.charCodeAt(0);
    if (first < 0x30 || first > 0x39) continue;
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    if (count > 0 && pids[count - 1]! > pid) isSorted = false;
    pids[count++] = pid;
  }
  const ids = pids.subarray(0, count);
  return isSorted ? ids : ids.sort();
}

/** Node does not say how large a page is; the kernel tells every process in its auxiliary vector. */
function readPageBytes(reader: ProcReader): number {
  const length = reader.read("self/auxv");
  if (length <= 0) return USUAL_PAGE_BYTES;
  const words = new DataView(reader.buffer.buffer, 0, length);
  const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  // Pairs of words; on machines of 64 bits the high half of these small values is zero.
  for (let at = 0; at + 16 <= length; at += 16) {
    if (Number(words.getBigUint64(at, littleEndian)) === AT_PAGESZ) {
      return Number(words.getBigUint64(at + 8, littleEndian));
    }
  }
  return USUAL_PAGE_BYTES;
}
