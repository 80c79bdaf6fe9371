import type { OutboxEntry, OutboxNews } from "../../src/agent/outbox.ts";
import { Spool } from "../../src/agent/spool.ts";
import type { SpoolLimits } from "../../src/agent/spool_options.ts";
import type { SpoolRecoveryReport } from "../../src/agent/spool_recovery.ts";
import { CaptureReader } from "../../src/inspect/mod.ts";
import { encodeSnapshot } from "../../src/protocols/snapshot/mod.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { MemoryDisk } from "../deno/memory_disk.ts";

const ROOMY: SpoolLimits = { maxBytes: 64 * 1_048_576, maxAgeMs: 1e9, drop: "oldest", memoryBytes: 4 * 1_048_576 };
/** UTC of the fixture's clock at 0. */
export const UTC_MS = 1_800_000_000_000;

/** Lets everything happen that waits for nothing but a memory disk. */
export async function quiet(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A snapshot of about so many bytes that knows its number. */
export function entryOf(n: number, bytes = 200, atMs = 0): OutboxEntry {
  const snapshotId = new Uint8Array(16);
  new DataView(snapshotId.buffer).setUint32(12, n);
  const payload = encodeSnapshot({
    snapshotId,
    windowStartMs: 0,
    windowEndMs: 1_000,
    cpuTotalPct: 1,
    selection: 0,
    memUsedBytes: 1,
    memTotalBytes: 2,
    processTotal: 1,
    processes: [{ pid: 1, name: "x", cpuPct: 1, rssBytes: 1, cmdline: "y".repeat(bytes) }],
    extensions: [],
  });
  return { snapshotId, payload, processes: 1, sampledAtMs: atMs };
}

export function numberOf({ snapshotId }: { readonly snapshotId: Uint8Array }): number {
  return new DataView(snapshotId.buffer, snapshotId.byteOffset).getUint32(12);
}

/** A spool on a disk in memory, and the clock that it is told. */
export class SpoolUnderTest {
  readonly disk: MemoryDisk;
  readonly reports: SpoolRecoveryReport[] = [];
  readonly news: OutboxNews[] = [];
  nowMs = 0;
  spool!: Spool;
  readonly #limits: SpoolLimits;
  #lives = 0;

  private constructor(disk: MemoryDisk, limits: Partial<SpoolLimits>) {
    this.disk = disk;
    this.#limits = { ...ROOMY, ...limits };
  }

  static async open(limits: Partial<SpoolLimits> = {}, disk: MemoryDisk = new MemoryDisk()): Promise<SpoolUnderTest> {
    const made = new SpoolUnderTest(disk, limits);
    await made.reopen();
    return made;
  }

  /** A new life of the agent: the old one is gone as after SIGKILL, with all that only its memory had. */
  async reopen(): Promise<void> {
    this.spool = await Spool.open({
      disk: this.disk,
      agentId: "agent-1",
      platform: 2,
      entropy: { fill: (into) => into.fill(++this.#lives) },
      limits: this.#limits,
      utcOffsetMs: UTC_MS,
      onRecovery: (report) => this.reports.push(report),
    });
    await quiet();
  }

  /** Adds snapshots with these numbers; the numbers that had to go at once. */
  async add(numbers: readonly number[], bytes?: number): Promise<number[]> {
    const dropped: number[] = [];
    for (const n of numbers) {
      for (const { entry } of this.spool.add(entryOf(n, bytes, this.nowMs), this.nowMs)) dropped.push(numberOf(entry));
    }
    await quiet();
    return dropped;
  }

  /** Takes all that can be sent now, without an answer. */
  take(): OutboxEntry[] {
    const taken: OutboxEntry[] = [];
    for (let one = this.spool.takeWaiting(this.nowMs); one; one = this.spool.takeWaiting(this.nowMs)) taken.push(one);
    return taken;
  }

  /** Sends everything there is, in order, each stored at once; the numbers. */
  async sendAll(): Promise<number[]> {
    const sent: number[] = [];
    for (let taken = this.take(); taken.length > 0; taken = this.take()) {
      for (const one of taken) {
        sent.push(numberOf(one));
        this.spool.remove(one.snapshotId);
      }
      await quiet();
    }
    return sent;
  }

  /** What it told since it was asked last. */
  told(): OutboxNews[] {
    const news: OutboxNews[] = [];
    for (let one = this.spool.nextNews(); one !== undefined; one = this.spool.nextNews()) news.push(one);
    return news;
  }

  droppedNumbers(): number[] {
    return this.told().flatMap((news) => (news.type === "dropped" ? [numberOf(news.dropped.entry)] : []));
  }
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** The rows of a file, as `tidewire dump --json` has them. */
export function rowsOf(bytes: Uint8Array): Record<string, unknown>[] {
  const reader = new CaptureReader(SNAPSHOT_PROTOCOL, { compressor: undefined });
  reader.push(bytes);
  reader.finish();
  const rows: Record<string, unknown>[] = [];
  for (let item = reader.next(); item !== undefined; item = reader.next()) {
    if (item.type === "fault") throw item.error;
    rows.push({ ...item.row, offset: item.offset });
  }
  return rows;
}

/** The first file whose name begins so. */
export function fileOf(disk: MemoryDisk, kind: string): Uint8Array {
  return [...disk.files].find(([name]) => name.startsWith(kind))![1];
}
