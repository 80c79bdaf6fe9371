import type { AppendFile, StoreDisk } from "../ports/store_disk.ts";
import { fileWith, firstNumberOf, type SpoolFile, type SpoolFileKind, spoolFile } from "./spool_files.ts";
import type { RecordNumber } from "./spool_frames.ts";
import { type SpoolDamage, SpoolScan } from "./spool_scan.ts";

/** What a start finds in a spool's folder. */
export interface RecoveredSpool {
  /** Oldest first. */
  readonly files: SpoolFile[];
  /** The newest file, when it may be written on. */
  readonly writer: AppendFile | undefined;
  /** The number of the next record. */
  readonly nextNumber: RecordNumber;
  /** Records below this have ended. */
  readonly oldestUnended: RecordNumber;
  /** Records from there on that have ended out of order; few, since what is in flight is bounded. */
  readonly ended: Set<RecordNumber>;
  /** Records that have not ended; exact where nothing is damaged. */
  readonly unended: number;
}

/** What a start does by itself, for the log. */
export type SpoolRecoveryReport =
  /** What a crash tore was cut off; nothing of it had been told to be durable. */
  | { readonly type: "spoolTornTail"; readonly file: string; readonly offset: number; readonly cutBytes: number }
  /** Bytes inside a file that are no whole record; what stands before and behind them is kept. */
  | ({ readonly type: "spoolDamaged"; readonly file: string } & SpoolDamage);

/** The files of a kind in a folder, oldest first, as far as their names and sizes say. */
export async function listSpoolFiles(disk: Pick<StoreDisk, "list">, kind: SpoolFileKind): Promise<SpoolFile[]> {
  const files: SpoolFile[] = [];
  for (const { name, bytes } of await disk.list()) {
    const first = firstNumberOf(kind, name);
    if (first === undefined) continue;
    files.push(spoolFile(name, first, bytes));
  }
  return files.sort((a, b) => a.first - b.first);
}

/**
 * Reads a spool from its start to its end, cuts the newest file back to its last whole record (spec §8), and says what has
 * not ended.
 */
export async function recoverSpool(
  disk: StoreDisk,
  onReport: (report: SpoolRecoveryReport) => void,
): Promise<RecoveredSpool> {
  const files = await listSpoolFiles(disk, "spool");
  const count = new EndingCount(files[0]?.first ?? 1);
  let writer: AppendFile | undefined;
  for (const file of files) {
    const damages = await readFile(disk, files, file, count);
    const isNewest = file === files.at(-1);
    // Behind damage nothing new is put: it is left as it is, for somebody to look at.
    if (isNewest) writer = await cutBack(disk, file, damages.wholeBytes, onReport);
    const inner = damages.damages.filter(({ offset }) => offset < damages.wholeBytes || !isNewest);
    for (const damage of inner) onReport({ type: "spoolDamaged", file: file.name, ...damage });
    if (isNewest && inner.length > 0) {
      writer?.close();
      writer = undefined;
    }
  }
  // A file's name keeps the count going when nothing is left in it.
  const nextNumber = Math.max(count.last + 1, files.at(-1)?.first ?? 1);
  return { files, writer, nextNumber, oldestUnended: count.low, ended: count.ended, unended: count.unended };
}

async function readFile(
  disk: StoreDisk,
  files: readonly SpoolFile[],
  file: SpoolFile,
  count: EndingCount,
): Promise<{ readonly wholeBytes: number; readonly damages: readonly SpoolDamage[] }> {
  const readable = await disk.openRead(file.name);
  try {
    return await new SpoolScan(readable, file.bytes, {
      record({ number, utcMs }) {
        if (count.record(number)) file.unended++;
        file.firstUtcMs = Math.min(file.firstUtcMs, utcMs);
        file.lastUtcMs = Number.isFinite(file.lastUtcMs) ? Math.max(file.lastUtcMs, utcMs) : utcMs;
      },
      ending(number) {
        const ended = count.ending(number) ? fileWith(files, number) : undefined;
        // Where damage took the record and left its ending, somebody else's is counted: never below none.
        if (ended !== undefined && ended.unended > 0) ended.unended--;
      },
    }).run();
  } finally {
    readable.close();
  }
}

async function cutBack(
  disk: StoreDisk,
  file: SpoolFile,
  wholeBytes: number,
  onReport: (report: SpoolRecoveryReport) => void,
): Promise<AppendFile> {
  const writer = await disk.openAppend(file.name);
  try {
    if (wholeBytes < file.bytes) {
      await writer.truncate(wholeBytes);
      const cutBytes = file.bytes - wholeBytes;
      file.bytes = wholeBytes;
      onReport({ type: "spoolTornTail", file: file.name, offset: wholeBytes, cutBytes });
    }
    // What a killed agent wrote and did not sync may only be in the machine's memory.
    await writer.sync();
    return writer;
  } catch (error) {
    writer.close();
    throw error;
  }
}

/** Counts records and what became of them, in little memory: endings follow their records nearly in order. */
class EndingCount {
  readonly ended = new Set<RecordNumber>();
  last: RecordNumber;
  low: RecordNumber;
  unended = 0;

  constructor(first: RecordNumber) {
    this.low = first;
    this.last = first - 1;
  }

  /** @returns whether it is a new one: one that stands there again was written anew after a sync that failed */
  record(number: RecordNumber): boolean {
    if (number <= this.last) return false;
    this.last = number;
    this.unended++;
    return true;
  }

  /** @returns whether it is the first word of that record's end */
  ending(number: RecordNumber): boolean {
    if (number < this.low || number > this.last || this.ended.has(number)) return false;
    // Where damage took the record and left its ending this counts too few; whoever reads them all finds out.
    this.unended = Math.max(0, this.unended - 1);
    this.ended.add(number);
    while (this.ended.delete(this.low)) this.low++;
    return true;
  }
}
