import type { StoreDisk } from "../ports/store_disk.ts";
import type { SpoolFile } from "./spool_files.ts";
import type { RecordNumber } from "./spool_frames.ts";
import { SpoolReading } from "./spool_reading.ts";
import type { RecoveredSpool } from "./spool_recovery.ts";
import type { SpoolRecord } from "./spool_scan.ts";

/** The records of a spool that are behind its window: on disk, or on their way there; read back as the window empties. */
export class SpoolBacklog {
  readonly #disk: StoreDisk;
  readonly #onSetAside: (file: SpoolFile) => void;
  /** There while records are not in the window: all from its number on. */
  #reading: SpoolReading | undefined;
  #size: number;

  /** @param onSetAside told of a file with records that could not be read */
  constructor(disk: StoreDisk, found: RecoveredSpool, onSetAside: (file: SpoolFile) => void) {
    this.#disk = disk;
    this.#onSetAside = onSetAside;
    this.#size = found.unended;
    if (found.oldestUnended < found.nextNumber) this.#begin(found.oldestUnended, found.ended);
  }

  /** How many they are. */
  get size(): number {
    return this.#size;
  }

  /** The oldest that may be read; nothing when the window has all of them. */
  get number(): RecordNumber | undefined {
    return this.#reading?.number;
  }

  /** One more, behind all others. */
  add(number: RecordNumber): void {
    if (this.#reading === undefined) this.#begin(number, new Set());
    this.#size++;
  }

  /** So many are in the window from now on, or gone. */
  subtract(count = 1): void {
    this.#size = Math.max(0, this.#size - count);
  }

  /**
   * Gives records of the files to `take` until that returns false or a file is at its end; true when all were read.
   *
   * @param end what stands in the files is before this number
   * @throws whatever the disk throws; it may be called again
   */
  async read(files: readonly SpoolFile[], end: RecordNumber, take: (record: SpoolRecord) => boolean): Promise<boolean> {
    return (await this.#reading?.read(files, end, take)) ?? true;
  }

  /** What is before that number is of no interest any more. */
  skipTo(number: RecordNumber): void {
    this.#reading?.skipTo(number);
  }

  /** The window has all of them, but for those that could not be read. Others that were counted were lost to damage. */
  finish(files: readonly SpoolFile[]): void {
    this.#reading = undefined;
    this.#size = files.reduce((sum, { unread }) => sum + unread, 0);
  }

  /**
   * Ids of those that stand in a file, before it goes; none where it can't be read.
   *
   * @param end the number of the first record behind it
   */
  async idsIn(file: SpoolFile, end: RecordNumber): Promise<Uint8Array[]> {
    const reading = this.#reading;
    if (reading === undefined || reading.number >= end) return [];
    return await reading.idsIn(file).catch(() => []);
  }

  #begin(number: RecordNumber, ended: Set<RecordNumber>): void {
    this.#reading = new SpoolReading(this.#disk, number, ended, this.#onSetAside);
  }
}
