/**
 * The default store: snapshots in append-only files that are captures (spec §8).
 *
 * On disk, in one folder:
 *
 * - `<first time>-<n>.tide`: Snapshot frames as they came in, nothing between them. A record is one frame, or all parts of
 *   a segmented snapshot one after another. `first time` is the UTC time of the file's first record, `n` counts the files
 *   of the folder and gives their order. Only the newest file is written to, at its end.
 * - A batch is written and then synced (`fdatasync`); only then are its records stored. A new file's name is made durable
 *   (`fsync` of the folder) before anything is written to it.
 * - A file is full when the next batch would take it over `rotateBytes` or when it is `rotateAgeMs` old; the next batch
 *   then begins a new one. A batch never spans two files.
 * - The oldest files are removed while all files together are over `retainBytes`, and once every record in them is older
 *   than `retainAgeMs`. The newest file stays.
 * - At start the newest file is cut back to its last whole record: behind it stands what a crash tore, which was never
 *   acknowledged. That includes the first parts of a segmented snapshot whose last ones are missing. Damage before that
 *   place, or in an older file, is reported and left as it is, and no new record is put behind it.
 *
 * Names no runtime: the folder is a {@linkcode StoreDisk}.
 *
 * @module
 */

import { parseStoreFile, type StoreFile, storeFileName } from "../src/inspect/store_file_name.ts";
import type { Clock, Compressor, SnapshotRecord, SnapshotStore, StoredId } from "../src/ports/mod.ts";
import type { StoreDisk } from "../src/ports/store_disk.ts";
import { type RecordDamage, type RecordScan, scanRecords } from "./record_scan.ts";
import { FileWriter } from "./store_file_writer.ts";

/** When a file is full and when it is removed. */
export interface FileStoreLimits {
  readonly rotateBytes: number;
  readonly rotateAgeMs: number;
  readonly retainBytes: number;
  readonly retainAgeMs: number;
}

/** What the store does by itself, for the log. */
export type FileStoreEvent =
  | { readonly type: "tornTail"; readonly file: string; readonly offset: number; readonly cutBytes: number }
  | ({ readonly type: "damaged"; readonly file: string } & RecordDamage)
  | { readonly type: "recovering"; readonly doneBytes: number; readonly totalBytes: number; readonly records: number }
  | { readonly type: "rotated"; readonly file: string; readonly bytes: number }
  | { readonly type: "removed"; readonly file: string; readonly bytes: number; readonly reason: "size" | "age" }
  | { readonly type: "removeFailed"; readonly file: string; readonly reason: string };

/** What a {@linkcode FileStore} is made of. */
export interface FileStoreOptions {
  readonly disk: StoreDisk;
  readonly clock: Clock;
  /** Reads the ids in compressed frames when the index is rebuilt. */
  readonly compressor: Compressor;
  readonly limits: FileStoreLimits;
  readonly onEvent: (event: FileStoreEvent) => void;
}

/** How often a long scan says how far it is. */
const PROGRESS_MS = 2_000;

/** The default {@linkcode SnapshotStore}. Open one with {@linkcode FileStore.open}. */
export class FileStore implements SnapshotStore {
  readonly #disk: StoreDisk;
  readonly #clock: Clock;
  readonly #compressor: Compressor;
  #limits: FileStoreLimits;
  readonly #onEvent: (event: FileStoreEvent) => void;
  /** Oldest first. */
  readonly #files: StoreFile[];
  #writer: FileWriter | undefined;
  #nextSequence: number;
  #appending: Promise<void> = Promise.resolve();
  #isRetaining = false;
  #closed = false;

  private constructor(options: FileStoreOptions, files: StoreFile[]) {
    this.#disk = options.disk;
    this.#clock = options.clock;
    this.#compressor = options.compressor;
    this.#limits = options.limits;
    this.#onEvent = options.onEvent;
    this.#files = files;
    this.#nextSequence = (files.at(-1)?.sequence ?? 0) + 1;
  }

  /** Lists the folder and cuts the newest file back to what is whole. */
  static async open(options: FileStoreOptions): Promise<FileStore> {
    const files: StoreFile[] = [];
    for (const { name, bytes } of await options.disk.list()) {
      const file = parseStoreFile(name, bytes);
      if (file !== undefined) files.push(file);
    }
    files.sort((a, b) => a.sequence - b.sequence);
    const store = new FileStore(options, files);
    await store.#recoverNewest();
    await store.applyRetention();
    return store;
  }

  /** Files of the store, the one being written included. */
  get fileCount(): number {
    return this.#files.length;
  }

  /** Bytes of all files. */
  get totalBytes(): number {
    return this.#files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Other limits from now on; what is too much now goes when retention is applied the next time. */
  setLimits(limits: FileStoreLimits): void {
    this.#limits = limits;
  }

  append(batch: readonly SnapshotRecord[]): Promise<void> {
    this.#appending = this.#append(batch);
    return this.#appending;
  }

  async *storedIds(): AsyncIterable<StoredId> {
    const progress = new Progress(this.#clock, this.totalBytes, this.#onEvent);
    for (const file of [...this.#files]) {
      // The newest file's damages were told when it was opened.
      const isTold = file === this.#files.at(-1);
      const { damages } = yield* this.#fileIds(file, progress);
      if (!isTold) this.#tellDamages(file, damages);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#appending.catch(() => {});
    // What a failed append left is cut back at the next start if it can't be now.
    await this.#writer?.cutBack().catch(() => {});
    this.#writer?.close();
    this.#writer = undefined;
  }

  /** Removes what is too much or too old; the host calls it now and then, since time passes without batches too. */
  async applyRetention(): Promise<void> {
    if (this.#isRetaining) return;
    this.#isRetaining = true;
    try {
      await this.#removeOldest();
    } finally {
      this.#isRetaining = false;
    }
  }

  async #removeOldest(): Promise<void> {
    const oldestMs = this.#clock.utcMs() - this.#limits.retainAgeMs;
    while (this.#files.length > 1) {
      const [oldest, next] = this.#files as [StoreFile, StoreFile];
      const isTooMuch = this.totalBytes > this.#limits.retainBytes;
      // All of a file is older than the first record of the next one.
      if (!isTooMuch && next.firstMs >= oldestMs) return;
      try {
        await this.#disk.remove(oldest.name);
      } catch (error) {
        this.#onEvent({ type: "removeFailed", file: oldest.name, reason: String(error) });
        return;
      }
      this.#files.splice(this.#files.indexOf(oldest), 1);
      this.#onEvent({
        type: "removed",
        file: oldest.name,
        bytes: oldest.bytes,
        reason: isTooMuch ? "size" : "age",
      });
    }
  }

  async #append(batch: readonly SnapshotRecord[]): Promise<void> {
    if (this.#closed) throw new Error("the store is closed");
    const batchBytes = batch.reduce((sum, { frameBytes }) => sum + frameBytes, 0);
    const rotated = this.#writer !== undefined && this.#isFull(this.#files.at(-1)!, batchBytes);
    if (rotated) {
      // Its end first: nothing but a whole record may stand there once it is no longer the newest.
      await this.#writer!.cutBack();
      this.#writer!.close();
      this.#writer = undefined;
      const { name, bytes } = this.#files.at(-1)!;
      this.#onEvent({ type: "rotated", file: name, bytes });
    }
    this.#writer ??= await this.#create();
    await this.#writer.append(batch);
    this.#files.at(-1)!.bytes = this.#writer.durableBytes;
    if (rotated) await this.applyRetention();
  }

  #isFull(file: StoreFile, batchBytes: number): boolean {
    if (file.bytes === 0) return false;
    const ageMs = this.#clock.utcMs() - file.firstMs;
    return file.bytes + batchBytes > this.#limits.rotateBytes || ageMs >= this.#limits.rotateAgeMs;
  }

  async #create(): Promise<FileWriter> {
    const firstMs = this.#clock.utcMs();
    // Counted even if it fails: a name that is half made is not tried again.
    const sequence = this.#nextSequence++;
    const name = storeFileName(firstMs, sequence);
    const file = await this.#disk.create(name);
    this.#files.push({ name, firstMs, sequence, bytes: 0 });
    return new FileWriter(file, 0);
  }

  /** spec §8: after a crash the last file is cut back to its last whole frame; here to its last whole record. */
  async #recoverNewest(): Promise<void> {
    const newest = this.#files.at(-1);
    if (newest === undefined) return;
    const { recordsEnd, damages } = await this.#check(newest);
    const inner = damages.filter(({ offset }) => offset < recordsEnd);
    this.#tellDamages(newest, inner);
    const file = await this.#disk.openAppend(newest.name);
    const writer = new FileWriter(file, recordsEnd);
    if (recordsEnd < newest.bytes) {
      await file.truncate(recordsEnd);
      const cutBytes = newest.bytes - recordsEnd;
      this.#onEvent({ type: "tornTail", file: newest.name, offset: recordsEnd, cutBytes });
      newest.bytes = recordsEnd;
    }
    // What a killed server wrote and did not sync may only be in the machine's memory; from here on it counts as stored.
    await file.sync();
    if (inner.length === 0) this.#writer = writer;
    else writer.close();
  }

  async #check(file: StoreFile): Promise<RecordScan> {
    const ids = this.#fileIds(file);
    for (;;) {
      const step = await ids.next();
      if (step.done) return step.value;
    }
  }

  async *#fileIds(file: StoreFile, progress?: Progress): AsyncGenerator<StoredId, RecordScan> {
    const readable = await this.#disk.openRead(file.name);
    try {
      const scan = scanRecords(readable, file.bytes, this.#compressor);
      for (;;) {
        const step = await scan.next();
        if (step.done) {
          progress?.fileDone(file.bytes);
          return step.value;
        }
        yield* step.value.ids;
        progress?.at(step.value.doneBytes, step.value.ids.length);
      }
    } finally {
      readable.close();
    }
  }

  #tellDamages(file: StoreFile, damages: readonly RecordDamage[]): void {
    for (const damage of damages) this.#onEvent({ type: "damaged", file: file.name, ...damage });
  }
}

/** Says how far a long scan is. */
class Progress {
  readonly #clock: Clock;
  readonly #totalBytes: number;
  readonly #onEvent: (event: FileStoreEvent) => void;
  #filesBytes = 0;
  #records = 0;
  #toldAtMs: number;

  constructor(clock: Clock, totalBytes: number, onEvent: (event: FileStoreEvent) => void) {
    this.#clock = clock;
    this.#totalBytes = totalBytes;
    this.#onEvent = onEvent;
    this.#toldAtMs = clock.monotonicMs();
  }

  /** The scan is `doneBytes` into its file and has found more records. */
  at(doneBytes: number, records: number): void {
    this.#records += records;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#toldAtMs < PROGRESS_MS) return;
    this.#toldAtMs = nowMs;
    const totalBytes = this.#totalBytes;
    this.#onEvent({ type: "recovering", doneBytes: this.#filesBytes + doneBytes, totalBytes, records: this.#records });
  }

  fileDone(bytes: number): void {
    this.#filesBytes += bytes;
  }
}
