import type { StoreDisk } from "../ports/store_disk.ts";
import type { DroppedEntry } from "./outbox.ts";
import type { SpoolFile } from "./spool_files.ts";
import type { RecordNumber } from "./spool_frames.ts";
import { SPAN, WINDOW_BYTES, WINDOW_RECORDS } from "./spool_options.ts";
import { SpoolReading } from "./spool_reading.ts";
import type { RecoveredSpool } from "./spool_recovery.ts";
import type { SpoolRecord } from "./spool_scan.ts";
import { SpoolWindow, type WindowEntry } from "./spool_window.ts";

/** What has not ended, in order: the oldest in the window, the rest on disk or on its way there, read back as that empties. */
export class SpoolQueue {
  readonly window: SpoolWindow = new SpoolWindow();
  readonly #disk: StoreDisk;
  readonly #onSetAside: (file: SpoolFile) => void;
  /** There while records are not in the window: all from its number on. */
  #reading: SpoolReading | undefined;
  /** How many those are. */
  #behind: number;

  /** @param onSetAside told of a file with records that could not be read */
  constructor(disk: StoreDisk, found: RecoveredSpool, onSetAside: (file: SpoolFile) => void) {
    this.#disk = disk;
    this.#onSetAside = onSetAside;
    this.#behind = found.unended;
    if (found.oldestUnended < found.nextNumber) this.#begin(found.oldestUnended, found.ended);
  }

  get size(): number {
    return this.window.size + this.#behind;
  }

  /** What is before it has ended; nothing when all has. */
  get oldestNumber(): RecordNumber | undefined {
    return this.window.oldest?.number ?? this.#reading?.number;
  }

  /** The window is to be filled. */
  get wantsMore(): boolean {
    return this.#reading !== undefined && this.window.bytes < WINDOW_BYTES / 2 && this.window.size < SPAN;
  }

  /** The newest. */
  add(one: WindowEntry): void {
    if (this.#reading === undefined && this.#hasRoom) {
      this.window.push(one);
      return;
    }
    if (this.#reading === undefined) this.#begin(one.number, new Set());
    this.#behind++;
  }

  /** Takes a record out that is dropped. */
  letGo(snapshotId: Uint8Array): DroppedEntry {
    const removed = this.window.remove(snapshotId);
    if (removed === undefined) this.#subtract(1);
    return { entry: { snapshotId }, inFlight: removed?.inFlight ?? false };
  }

  /**
   * Fills the window from the files, or from `pending` when all of them were read.
   *
   * @param end what stands in the files is before this number
   * @param pending what is not in the files yet from a number on
   * @throws whatever the disk throws; it may be called again
   */
  async refill(
    files: readonly SpoolFile[],
    end: RecordNumber,
    entryOf: (record: SpoolRecord) => WindowEntry,
    pending: (from: RecordNumber) => Iterable<WindowEntry>,
  ): Promise<void> {
    const reading = this.#reading!;
    if (!(await reading.read(files, end, (record) => this.#push(() => entryOf(record))))) return;
    // All that is on disk is read; the rest is still on its way there, and in memory.
    for (const one of pending(reading.number)) {
      if (!this.#push(() => one)) return;
      reading.skipTo(one.number + 1);
    }
    this.#reading = undefined;
    // Others that were counted were lost to damage and never came.
    this.#behind = files.reduce((sum, { unread }) => sum + unread, 0);
  }

  /** How many before a number have not ended, stand in the file, and are not in the window. */
  behindWindow(file: SpoolFile, end: RecordNumber): number {
    return Math.max(0, file.unended - this.window.countBetween(file.first, end));
  }

  /**
   * Ids of what stands in a file and is not in the window, as far as it can be read.
   *
   * @param end the number of the first record behind it
   */
  async idsBehindWindow(file: SpoolFile, end: RecordNumber): Promise<Uint8Array[]> {
    const reading = this.#reading;
    if (reading === undefined || reading.number >= end) return [];
    return await reading.idsIn(file).catch(() => []);
  }

  /** What is before that number is gone; so many of it were not in the window, and nobody knows their names. */
  leaveBehind(end: RecordNumber, unnamed: number): void {
    this.#reading?.skipTo(end);
    this.#subtract(unnamed);
  }

  get #hasRoom(): boolean {
    return this.window.bytes < WINDOW_BYTES && this.window.size < WINDOW_RECORDS;
  }

  #push(one: () => WindowEntry): boolean {
    if (!this.#hasRoom) return false;
    this.window.push(one());
    this.#subtract(1);
    return true;
  }

  #subtract(count: number): void {
    this.#behind = Math.max(0, this.#behind - count);
  }

  #begin(number: RecordNumber, ended: Set<RecordNumber>): void {
    this.#reading = new SpoolReading(this.#disk, number, ended, this.#onSetAside);
  }
}
