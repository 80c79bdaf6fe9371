import { beforeAll, expect, it } from "vitest";
import { FileStore } from "../../deno/file_store.ts";
import { zstdCompressor } from "../../src/node/zstd.ts";
import type { Compressor, SnapshotRecord } from "../../src/ports/mod.ts";
import { encodeFrame, encodeSnapshot, idHex, PLATFORM_LINUX } from "../../src/protocols/snapshot/mod.ts";
import { Env } from "./env.ts";
import { Ledger } from "./ledger.ts";
import { Prng } from "./prng.ts";
import { Scheduler } from "./scheduler.ts";
import { StoreAudit } from "./store_audit.ts";
import { type DiskMood, GOOD_DISK, VirtualDisk } from "./virtual_disk.ts";
import { VirtualFolder } from "./virtual_folder.ts";

/** A loss of power has that many ways to go. */
const SEEDS = 64;

let compressor: Compressor;
beforeAll(async () => {
  compressor = await zstdCompressor();
});

/** A store on a virtual disk, driven by hand. */
class Bench {
  readonly mood: DiskMood = { ...GOOD_DISK };
  readonly folder = new VirtualFolder();
  readonly #scheduler = new Scheduler();
  readonly #env = new Env(this.#scheduler, false);
  readonly #ledger = new Ledger(this.#env);
  readonly #audit = new StoreAudit(this.#env, this.#ledger, compressor);
  readonly #random: Prng;
  readonly #rotateBytes: number;
  #sequence = 0;

  constructor(seed: number, rotateBytes: number) {
    this.#random = new Prng(seed);
    this.#rotateBytes = rotateBytes;
  }

  get violation(): string | undefined {
    return this.#env.violation?.detail;
  }

  disk(): VirtualDisk {
    const { folder, mood } = this;
    return new VirtualDisk({ env: this.#env, folder, mood, audit: this.#audit, random: this.#random });
  }

  open(disk: VirtualDisk): Promise<FileStore> {
    const clock = { utcMs: () => 0, monotonicMs: () => this.#scheduler.nowMs };
    const limits = { rotateBytes: this.#rotateBytes, rotateAgeMs: 1e15, retainBytes: 1e15, retainAgeMs: 1e15 };
    return this.until(FileStore.open({ disk, clock, compressor, limits, onEvent: () => {} }));
  }

  /** Lets virtual time pass until it is settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isDone = false;
    const done = promise.finally(() => {
      isDone = true;
    });
    done.catch(() => {});
    for (;;) {
      await new Promise(setImmediate);
      if (isDone || !(await this.#scheduler.step(Number.POSITIVE_INFINITY))) return await done;
    }
  }

  async ids(store: FileStore): Promise<string[]> {
    const ids: string[] = [];
    const list = async (): Promise<void> => {
      for await (const { snapshotId } of store.storedIds()) ids.push(idHex(snapshotId));
    };
    await this.until(list());
    return ids;
  }

  record(): SnapshotRecord {
    const sequence = ++this.#sequence;
    const snapshotId = new Uint8Array(16).fill(sequence);
    const payload = encodeSnapshot({
      snapshotId,
      windowStartMs: 0,
      windowEndMs: 1,
      cpuTotalPct: 1,
      selection: 0,
      memUsedBytes: 1,
      memTotalBytes: 2,
      processTotal: 1,
      processes: [{ pid: 1, name: "x".repeat(200), cpuPct: 1, rssBytes: 1, cmdline: null }],
      extensions: [],
    });
    const envelope = {
      version: { major: 1, minor: 0 },
      type: "snapshot" as const,
      flags: 0,
      platform: PLATFORM_LINUX,
      messageId: snapshotId,
      timestampUtcMs: 0,
      agentId: "db-1",
      extensions: [],
    };
    const frame = encodeFrame(envelope, payload);
    this.#ledger.sampled(snapshotId, "db-1", "db-1/1", sequence, payload);
    return { agentId: "db-1", snapshotId, frames: [frame], frameBytes: frame.length };
  }
}

it("a batch whose first try failed is stored once, though the file was full and the power went", async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const bench = new Bench(seed, 700);
    const disk = bench.disk();
    const store = await bench.open(disk);
    const batches = [[bench.record()], [bench.record(), bench.record()]];
    await bench.until(store.append(batches[0]!));
    // Fits, and fails; its next try comes with company, does not fit, and begins another file.
    bench.mood.syncFails = 1;
    await expect(bench.until(store.append([batches[1]![0]!]))).rejects.toThrow("sync failed");
    bench.mood.syncFails = 0;
    await bench.until(store.append(batches[1]!));
    expect(bench.folder.files.size).toBe(2);
    disk.end(true, false);
    const again = await bench.ids(await bench.open(bench.disk()));
    expect(again.sort()).toEqual(batches.flat().map(({ snapshotId }) => idHex(snapshotId)));
    expect(bench.violation).toBeUndefined();
  }
});

it("a file that a killed server had just made is there after the power went", async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const bench = new Bench(seed, 1e9);
    // Made, and not yet known to be: whoever made it is gone.
    bench.folder.create("20261121T000000000Z-00000001.tide");
    const disk = bench.disk();
    const store = await bench.open(disk);
    const record = bench.record();
    await bench.until(store.append([record]));
    disk.end(true, false);
    expect(await bench.ids(await bench.open(bench.disk()))).toEqual([idHex(record.snapshotId)]);
    expect(bench.violation).toBeUndefined();
  }
});
