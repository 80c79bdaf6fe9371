/**
 * The agent's outbox on disk: snapshots that are not stored yet, in append-only captures (spec §8).
 *
 * - `spool-<first number>.tide`: Snapshot frames in order, and an Ack frame for each that was stored or refused. Only the
 *   newest file is written to, at its end, and synced in groups; files whose snapshots have all ended are removed.
 * - `refused-<n>.tide`: what the server refused, each with the Ack that says why.
 * - A snapshot is sent while it is being written: what the server has stored needs no disk any more, and what is in both
 *   places is known by its id.
 * - Acks are written with the next snapshot, or when 256 wait. With at most 384 of those that are not written, and 512
 *   numbers in flight, everything that may be sent again after a crash is among the last 1,024 that the server had stored
 *   of this agent, which it knows (spec §6.5).
 * - In memory is a window of the oldest ones; the rest is read back as the window empties.
 *
 * @module
 */
import type { DroppedEntry, OutboxEntry, OutboxNews, SnapshotOutbox } from "./outbox.ts";
import { Quarantine } from "./quarantine.ts";
import { nextDuty } from "./spool_duty.ts";
import { fileWith, type SpoolFile, SpoolFiles } from "./spool_files.ts";
import { type RecordNumber, type Refusal, SpoolFrames } from "./spool_frames.ts";
import {
  ENDINGS_GROUP,
  GROUP_BYTES,
  MAX_UNWRITTEN_ENDINGS,
  rotateBytesOf,
  SPAN,
  SPOOL_FILES,
  type SpoolOptions,
} from "./spool_options.ts";
import { SpoolPending } from "./spool_pending.ts";
import { SpoolQueue } from "./spool_queue.ts";
import { type RecoveredSpool, recoverSpool } from "./spool_recovery.ts";
import type { SpoolRecord } from "./spool_scan.ts";
import type { WindowEntry } from "./spool_window.ts";
import { SpoolWork, type WorkKind, type WorkStep } from "./spool_work.ts";

/** An outbox whose snapshots survive the agent. Open one with {@linkcode Spool.open}. */
export class Spool implements SnapshotOutbox {
  readonly isDurable = true;
  /** Called when there is news, or more to send: whoever drives the engine calls its `onTimeout` then. */
  onChange: () => void = () => {};
  readonly #options: SpoolOptions;
  /** Written and synced at once. */
  readonly #groupBytes: number;
  readonly #frames: SpoolFrames;
  readonly #files: SpoolFiles;
  readonly #quarantine: Quarantine;
  readonly #pending: SpoolPending;
  readonly #queue: SpoolQueue;
  readonly #news: OutboxNews[] = [];
  #utcOffsetMs: number;
  #nowMs = 0;
  #nextNumber: RecordNumber;
  readonly #work: SpoolWork;
  #isClosing = false;

  private constructor(options: SpoolOptions, frames: SpoolFrames, quarantine: Quarantine, found: RecoveredSpool) {
    this.#options = options;
    const rotateBytes = rotateBytesOf(options.limits);
    this.#groupBytes = Math.min(rotateBytes, GROUP_BYTES);
    this.#frames = frames;
    this.#quarantine = quarantine;
    this.#pending = new SpoolPending(frames);
    this.#files = new SpoolFiles("spool", options.disk, rotateBytes, found.files, found.writer);
    this.#utcOffsetMs = options.utcOffsetMs;
    this.#nextNumber = found.nextNumber;
    this.#queue = new SpoolQueue(options.disk, found, (file) => this.#setAside(file));
    this.#work = new SpoolWork({
      nowMs: () => this.#nowMs,
      nextStep: (mayTry) => this.#nextStep(mayTry),
      changed: () => this.onChange(),
      failed: (reason) => this.#news.push({ type: "spoolFailed", reason }),
      recovered: () => this.#news.push({ type: "spoolRecovered" }),
    });
  }

  /** Recovers what an agent left in the folder. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const frames = new SpoolFrames(options.agentId, options.platform, options.entropy);
    const found = await recoverSpool(options.disk, options.onRecovery);
    const spool = new Spool(options, frames, await Quarantine.open(options.disk, frames), found);
    spool.#work.kick();
    return spool;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** Bytes of the files with snapshots to send. */
  get fileBytes(): number {
    return this.#files.bytes;
  }

  /** Payloads in memory: those of the window, and those that wait for the disk (which may be the same). */
  get heldBytes(): number {
    return this.#queue.window.bytes + this.#pending.recordBytes;
  }

  /** All of it is on disk. */
  get isSettled(): boolean {
    return this.#pending.recordBytes === 0 && !this.#quarantine.isWaiting;
  }

  add(entry: OutboxEntry, nowMs: number): readonly DroppedEntry[] {
    this.#nowMs = nowMs;
    const { maxBytes, memoryBytes, drop } = this.#options.limits;
    const bytes = this.#frames.recordBytes(entry.payload.length);
    const refused = [{ entry, inFlight: false }];
    if (bytes > Math.min(maxBytes, memoryBytes) || this.#isClosing) return refused;
    if (drop === "newest") {
      const isFull = this.#files.bytes + this.#pending.recordBytes + bytes > maxBytes;
      if (isFull || this.#pending.recordBytes + bytes > memoryBytes) return refused;
    }
    const dropped: DroppedEntry[] = [];
    while (this.#pending.recordBytes + bytes > memoryBytes) {
      const oldest = this.#pending.dropOldest();
      if (oldest === undefined) return [...dropped, ...refused];
      dropped.push(this.#queue.letGo(oldest.entry.snapshotId));
    }
    const one = { number: this.#nextNumber++, prefix: this.#frames.prefix, entry, utcMs: this.#utcMs };
    this.#pending.addRecord(one, bytes);
    this.#queue.add(one);
    this.#work.kick();
    return dropped;
  }

  takeWaiting(nowMs: number): OutboxEntry | undefined {
    this.#nowMs = nowMs;
    if (this.#pending.endings >= MAX_UNWRITTEN_ENDINGS) return undefined;
    for (let next = this.#queue.window.oldestWaiting; next !== undefined; next = this.#queue.window.oldestWaiting) {
      if (next.utcMs >= this.#oldMs) {
        const isInSpan = next.number - this.#queue.window.oldest!.number < SPAN;
        return isInSpan ? this.#queue.window.takeWaiting()!.entry : undefined;
      }
      this.#tellDropped(this.#queue.letGo(next.entry.snapshotId));
      this.#endOnDisk(next);
      this.#work.kick();
    }
    return undefined;
  }

  remove(snapshotId: Uint8Array, refusal?: Refusal): OutboxEntry | undefined {
    const removed = this.#queue.window.remove(snapshotId);
    if (removed === undefined) return undefined;
    const { one } = removed;
    const isOnDisk = this.#endOnDisk(one);
    // A refused one is kept aside before it is let go.
    if (refusal !== undefined) this.#quarantine.add(one, refusal, this.#utcMs);
    else if (isOnDisk) this.#pending.addEnding(one, undefined, this.#utcMs);
    this.#work.kick();
    return one.entry;
  }

  nextNews(): OutboxNews | undefined {
    return this.#news.shift();
  }

  nextTimeoutMs(): number | undefined {
    return this.#work.nextTimeoutMs;
  }

  onTimeout(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#work.onTimeout(nowMs);
  }

  setUtcOffset(utcOffsetMs: number): void {
    this.#utcOffsetMs = utcOffsetMs;
  }

  /** Writes what waits, if the disk takes it, and lets go of the files. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#work.finish();
    await this.#files.close();
    await this.#quarantine.close();
  }

  get #utcMs(): number {
    return Math.round(this.#nowMs + this.#utcOffsetMs);
  }

  /** What was put there before is too old. */
  get #oldMs(): number {
    return this.#utcMs - this.#options.limits.maxAgeMs;
  }

  /** A record that was in the window has ended. @returns false when it never gets to the disk */
  #endOnDisk(one: WindowEntry): boolean {
    const place = this.#pending.end(one);
    const file = place === "written" ? fileWith(this.#files.all, one.number) : undefined;
    if (file !== undefined && file.unended > 0) file.unended--;
    return place !== "never-written";
  }

  #setAside(file: SpoolFile): void {
    file.unread = this.#queue.behindWindow(file, this.#endOf(file));
    this.#news.push({ type: "spoolSetAside", file: file.name, snapshots: file.unread });
  }

  /** What stands in the file is before this number. */
  #endOf(file: SpoolFile): RecordNumber {
    const { all } = this.#files;
    return all[all.indexOf(file) + 1]?.first ?? this.#pending.oldestRecord?.number ?? this.#nextNumber;
  }

  #tellDropped(dropped: DroppedEntry): void {
    this.#news.push({ type: "dropped", dropped });
  }

  #nextStep(mayTry: (kind: WorkKind) => boolean): WorkStep | undefined {
    // First what frees memory and disk: a full disk still reads, and removing needs no room.
    if (mayTry("read") && this.#queue.wantsMore && !this.#isClosing) return { kind: "read", run: () => this.#refill() };
    const write = mayTry("write") ? this.#nextWrite() : undefined;
    return write === undefined ? undefined : { kind: "write", run: write };
  }

  #nextWrite(): (() => Promise<void>) | undefined {
    const { all: files } = this.#files;
    const pending = this.#pending;
    const isDue = pending.recordBytes > 0 || pending.endings >= ENDINGS_GROUP;
    const groupBytes =
      isDue || (this.#isClosing && !pending.isEmpty) ? pending.groupBytes(this.#groupBytes) : undefined;
    const { limits } = this.#options;
    switch (
      nextDuty({
        files,
        limits,
        oldMs: this.#oldMs,
        oldestUnended: this.#queue.oldestNumber ?? this.#nextNumber,
        groupBytes,
      })
    ) {
      case "remove-ended":
        return () => this.#files.removeOldest();
      case "drop-oldest":
        return () => this.#dropOldestFile(files[0]!);
      case "write-group":
        return () => this.#writeGroup();
    }
    return this.#quarantine.isWaiting ? () => this.#keepAside() : undefined;
  }

  async #keepAside(): Promise<void> {
    const kept = await this.#quarantine.keepNext();
    if (kept === undefined) return;
    this.#pending.addEnding(kept.one, kept.refusal, this.#utcMs);
    this.#news.push({ type: "quarantined", snapshotId: kept.one.entry.snapshotId });
  }

  async #writeGroup(): Promise<void> {
    const first = this.#pending.oldestRecord?.number ?? this.#nextNumber;
    const group = this.#pending.beginGroup(this.#groupBytes);
    const times = group.records.map(({ utcMs }) => utcMs);
    const utcMs = times.length === 0 ? undefined : ([Math.min(...times), Math.max(...times)] as const);
    // Files of an eighth of the age: what is dropped by age with its file is hardly younger.
    const oldMs = this.#utcMs - this.#options.limits.maxAgeMs / SPOOL_FILES;
    try {
      await this.#files.append(group.bytes, first, utcMs, ({ firstUtcMs }) => firstUtcMs < oldMs);
    } catch (error) {
      this.#pending.abandon();
      throw error;
    }
    this.#files.all.at(-1)!.unended += this.#pending.commit(group);
    for (const { entry } of group.records) this.#news.push({ type: "spooled", snapshotId: entry.snapshotId });
  }

  async #refill(): Promise<void> {
    const entryOf = ({ number, prefix, snapshotId, payload, processes, utcMs }: SpoolRecord): WindowEntry => {
      const entry = { snapshotId, payload, processes, sampledAtMs: utcMs - this.#utcOffsetMs };
      return { number, prefix, entry, utcMs };
    };
    const end = this.#pending.oldestRecord?.number ?? this.#nextNumber;
    await this.#queue.refill(this.#files.all, end, entryOf, (from) => this.#pending.recordsFrom(from));
  }

  async #dropOldestFile(file: SpoolFile): Promise<void> {
    const queue = this.#queue;
    const end = this.#endOf(file);
    // Who can't be read is dropped without its name.
    const ids = await queue.idsBehindWindow(file, end);
    const unnamed = Math.max(0, queue.behindWindow(file, end) - ids.length);
    await this.#files.removeOldest();
    const { window } = queue;
    for (let oldest = window.oldest; oldest !== undefined && oldest.number < end; oldest = window.oldest) {
      this.#tellDropped(queue.letGo(oldest.entry.snapshotId));
    }
    for (const snapshotId of ids) this.#tellDropped(queue.letGo(snapshotId));
    queue.leaveBehind(end, unnamed);
    if (unnamed > 0) this.#news.push({ type: "spoolLost", snapshots: unnamed });
  }
}
