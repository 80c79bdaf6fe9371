import type { AppendFile, StoreDisk } from "../ports/store_disk.ts";
import type { RecordNumber } from "./spool_frames.ts";

/** One file of a spool. */
export interface SpoolFile {
  readonly name: string;
  /** Records from this number on stand in it, and none in the files before it. */
  readonly first: RecordNumber;
  /** What of it is durable and whole. */
  bytes: number;
  /** When its first record was put there, and its last; infinite while there is none. */
  firstUtcMs: number;
  lastUtcMs: number;
  /** Records in it that have not ended; exact where nothing is damaged. */
  unended: number;
  /** Those of them that could not be read, and wait for another start of the agent. */
  unread: number;
}

/** A file with nothing in it, as far as is known. */
export function spoolFile(name: string, first: RecordNumber, bytes: number): SpoolFile {
  const never = Number.POSITIVE_INFINITY;
  return { name, first, bytes, firstUtcMs: never, lastUtcMs: never, unended: 0, unread: 0 };
}

/** What is to be sent, and what a server has refused. */
export type SpoolFileKind = "spool" | "refused";

const PATTERN = /^(spool|refused)-(\d{16})\.tide$/;
const DIGITS = 16;

/** `spool-0000000000000001.tide` holds records from number 1 on. */
export function spoolFileName(kind: SpoolFileKind, first: RecordNumber): string {
  return `${kind}-${String(first).padStart(DIGITS, "0")}.tide`;
}

/** The first number of a file of that kind by its name, or nothing when the name is another's. */
export function firstNumberOf(kind: SpoolFileKind, name: string): RecordNumber | undefined {
  const match = PATTERN.exec(name);
  return match?.[1] === kind ? Number(match[2]) : undefined;
}

/** The file that a record is in. */
export function fileWith(files: readonly SpoolFile[], number: RecordNumber): SpoolFile | undefined {
  return files.findLast(({ first }) => first <= number);
}

/** Append-only files in a folder: only the newest is written to, at its end, and only the oldest is removed. */
export class SpoolFiles {
  /** Oldest first. */
  readonly all: SpoolFile[];
  readonly #kind: SpoolFileKind;
  readonly #disk: StoreDisk;
  readonly #rotateBytes: number;
  #writer: AppendFile | undefined;
  /** True when there may be bytes behind the durable ones of the newest file. */
  #isTorn = false;

  /**
   * @param all oldest first, each cut back to what is whole
   * @param writer the newest, when it may be written on
   */
  constructor(
    kind: SpoolFileKind,
    disk: StoreDisk,
    rotateBytes: number,
    all: SpoolFile[],
    writer: AppendFile | undefined,
  ) {
    this.#kind = kind;
    this.#disk = disk;
    this.#rotateBytes = rotateBytes;
    this.all = all;
    this.#writer = writer;
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.all.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Writes at the end of the newest file, or of a new one when that is full. Resolves when it is durable; when it rejects,
   * nothing of it counts, and it may be tried again.
   *
   * @param first the number of the first record in `group`, or of the next one when it holds none
   * @param utcMs when the oldest and the newest record in it were put there; nothing without one
   * @param isOld the newest file is old enough to be left for a new one
   */
  async append(
    group: Uint8Array,
    first: RecordNumber,
    utcMs: readonly [number, number] | undefined,
    isOld: (file: SpoolFile) => boolean,
  ): Promise<void> {
    await this.#cutBack();
    const newest = this.all.at(-1);
    if (this.#writer !== undefined && newest !== undefined && newest.bytes > 0) {
      if (newest.bytes + group.length > this.#rotateBytes || isOld(newest)) this.closeNewest();
    }
    this.#writer ??= await this.#create(first);
    const file = this.all.at(-1)!;
    this.#isTorn = true;
    try {
      await this.#writer.append(group);
      await this.#writer.sync();
    } catch (error) {
      // At once, where the disk allows it: what is dropped from memory meanwhile shall not come back after a kill.
      await this.#cutBack().catch(() => {});
      throw error;
    }
    this.#isTorn = false;
    file.bytes += group.length;
    if (utcMs === undefined) return;
    file.firstUtcMs = Math.min(file.firstUtcMs, utcMs[0]);
    // A clock that is set back makes nothing younger than what stands before it.
    file.lastUtcMs = Number.isFinite(file.lastUtcMs) ? Math.max(file.lastUtcMs, utcMs[1]) : utcMs[1];
  }

  /** The next append begins a new file. */
  closeNewest(): void {
    this.#writer?.close();
    this.#writer = undefined;
    this.#isTorn = false;
  }

  /** Removes the oldest file; durably, so that no later one is gone before it: endings of its records stand in those. */
  async removeOldest(): Promise<void> {
    const [oldest] = this.all;
    if (oldest === undefined) return;
    if (this.all.length === 1) this.closeNewest();
    await this.#disk.remove(oldest.name);
    this.all.shift();
  }

  /** Ends with nothing but what is whole, as far as the disk allows; what is left of a failed append is cut at the next start. */
  async close(): Promise<void> {
    await this.#cutBack().catch(() => {});
    this.closeNewest();
  }

  /** Takes back what a failed append left, durably: where a loss of power could bring it back, it would stand there twice. */
  async #cutBack(): Promise<void> {
    if (!this.#isTorn || this.#writer === undefined) return;
    await this.#writer.truncate(this.all.at(-1)!.bytes);
    await this.#writer.sync();
    this.#isTorn = false;
  }

  async #create(first: RecordNumber): Promise<AppendFile> {
    const name = spoolFileName(this.#kind, first);
    const { all } = this;
    // A file without a record of its own, whose end could not be cut, would have the same name: this one takes its place.
    if (all.at(-1)?.name === name) {
      const file = await this.#disk.openAppend(name);
      await file.truncate(all.at(-1)!.bytes);
      return file;
    }
    const writer = await this.#disk.create(name).catch(async () => {
      // Half made by an attempt before: its name is there and nothing else.
      const file = await this.#disk.openAppend(name);
      await file.truncate(0);
      return file;
    });
    all.push(spoolFile(name, first, 0));
    return writer;
  }
}
