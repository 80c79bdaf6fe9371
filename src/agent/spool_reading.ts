import type { StoreDisk } from "../ports/store_disk.ts";
import type { SpoolFile } from "./spool_files.ts";
import type { RecordNumber } from "./spool_frames.ts";
import { type SpoolRecord, SpoolScan } from "./spool_scan.ts";

/**
 * Tries at a file that can't be read, a minute in all, before it is set aside for what stands behind it: a bad sector does
 * not go away, and what is new shall not wait for it.
 */
const MAX_TRIES = 8;

/** Gives the records of a spool's files in order, a little at a time; knows where it is. */
export class SpoolReading {
  readonly #disk: StoreDisk;
  /** The next record, or a later one if there is none of that number. */
  #number: RecordNumber;
  /** Where to look for it. */
  #place: { readonly file: SpoolFile; readonly offset: number } | undefined;
  /** Records that have ended before they were read. */
  readonly #ended: Set<RecordNumber>;
  readonly #onSetAside: (file: SpoolFile) => void;
  #failures = 0;

  constructor(disk: StoreDisk, number: RecordNumber, ended: Set<RecordNumber>, onSetAside: (file: SpoolFile) => void) {
    this.#disk = disk;
    this.#onSetAside = onSetAside;
    this.#number = number;
    this.#ended = ended;
  }

  /** What is before it has been read. */
  get number(): RecordNumber {
    return this.#number;
  }

  /** What stands before `number` is of no interest any more. */
  skipTo(number: RecordNumber): void {
    if (number > this.#number) this.#number = number;
    for (const ended of this.#ended) if (ended < this.#number) this.#ended.delete(ended);
  }

  /**
   * Gives records to `take` until that returns false or a file is at its end; true when all of `files` have been read.
   *
   * @param end what stands in `files` is before this number
   * @throws whatever the disk throws; it may be called again
   */
  async read(files: readonly SpoolFile[], end: RecordNumber, take: (record: SpoolRecord) => boolean): Promise<boolean> {
    const file = this.#place === undefined ? this.#fileOf(files) : this.#place.file;
    if (file === undefined || !files.includes(file)) {
      if (this.#place === undefined) return true;
      this.#place = undefined;
      return false;
    }
    const offset = this.#place?.offset ?? 0;
    const next = files[files.indexOf(file) + 1];
    try {
      const goesOnAt = await this.#readFile(file, offset, take);
      this.#failures = 0;
      if (goesOnAt !== undefined) {
        this.#place = { file, offset: goesOnAt };
        return false;
      }
    } catch (error) {
      this.#failures++;
      if (this.#failures < MAX_TRIES) throw error;
      this.#failures = 0;
      this.skipTo(next?.first ?? end);
      this.#onSetAside(file);
    }
    if (next === undefined) {
      // More may be written at its end; that is read from there, should it not be in memory by then.
      this.#place = { file, offset: file.bytes };
      return true;
    }
    this.skipTo(next.first);
    this.#place = { file: next, offset: 0 };
    return false;
  }

  /** Ids of the records in a file that it has not given yet. */
  async idsIn(file: SpoolFile): Promise<Uint8Array[]> {
    const ids: Uint8Array[] = [];
    const from = this.#place?.file === file ? this.#place.offset : 0;
    const readable = await this.#disk.openRead(file.name);
    try {
      const visit = { record: (record: SpoolRecord) => void (this.#isNew(record) && ids.push(record.snapshotId)) };
      await new SpoolScan(readable, file.bytes, visit, from).run();
    } finally {
      readable.close();
    }
    return ids;
  }

  #fileOf(files: readonly SpoolFile[]): SpoolFile | undefined {
    return files.findLast(({ first }) => first <= this.#number) ?? files[0];
  }

  #isNew({ number }: SpoolRecord): boolean {
    return number >= this.#number && !this.#ended.has(number);
  }

  /** Where it stopped in the file; nothing at its end. */
  async #readFile(
    file: SpoolFile,
    offset: number,
    take: (record: SpoolRecord) => boolean,
  ): Promise<number | undefined> {
    const readable = await this.#disk.openRead(file.name);
    let stoppedAt: number | undefined;
    const record = (one: SpoolRecord): void => {
      if (stoppedAt !== undefined) return;
      if (this.#isNew(one) && !take(one)) stoppedAt = one.offset;
      else this.skipTo(one.number + 1);
    };
    try {
      for await (const _ of new SpoolScan(readable, file.bytes, { record }, offset).steps()) {
        if (stoppedAt !== undefined) return stoppedAt;
      }
      return stoppedAt;
    } finally {
      readable.close();
    }
  }
}
