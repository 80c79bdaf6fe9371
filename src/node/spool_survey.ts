import { type FileHandle, open } from "node:fs/promises";
import type { SpoolFile, SpoolFileKind } from "../agent/spool_files.ts";
import type { RecordNumber, Refusal } from "../agent/spool_frames.ts";
import { listSpoolFiles } from "../agent/spool_recovery.ts";
import { type SpoolDamage, type SpoolRecord, SpoolScan } from "../agent/spool_scan.ts";
import type { StoreDisk } from "../ports/store_disk.ts";
import { idHex } from "../protocols/snapshot/ids.ts";

/** A record without what it holds. */
interface RecordPlace {
  readonly number: RecordNumber;
  readonly offset: number;
  readonly endOffset: number;
  readonly utcMs: number;
}

/** One file of a spool, as it was found. */
export interface SurveyedFile {
  readonly name: string;
  readonly bytes: number;
  readonly snapshots: number;
  /** Those that are neither stored nor refused. */
  readonly unsent: readonly RecordPlace[];
  /** When the first and the last of its snapshots were put there; nothing without any. */
  readonly firstUtcMs: number | undefined;
  readonly lastUtcMs: number | undefined;
  /** Bytes at the end of the newest file that are no whole record: a write under way, or one that a crash tore. */
  readonly unfinishedBytes: number;
  readonly damages: readonly SpoolDamage[];
}

/** A snapshot that the server refused. */
export interface RefusedSnapshot {
  readonly file: string;
  readonly agentId: string;
  readonly snapshotId: string;
  readonly utcMs: number;
  readonly errorName: string;
  readonly detail: string;
}

/** All that a spool's folder holds. */
export interface SpoolSurvey {
  readonly files: readonly SurveyedFile[];
  readonly refused: readonly RefusedSnapshot[];
  /** Of the files with refused snapshots. */
  readonly refusedBytes: number;
}

/** Looks at a spool without touching it; an agent may run on it meanwhile. */
export async function surveySpool(disk: StoreDisk): Promise<SpoolSurvey> {
  const ended = new Set<RecordNumber>();
  const found: { file: SpoolFile; records: RecordPlace[]; damages: readonly SpoolDamage[]; wholeBytes: number }[] = [];
  for (const file of await listSpoolFiles(disk, "spool")) {
    const records: RecordPlace[] = [];
    const visit = {
      record: ({ number, offset, endOffset, utcMs }: SpoolRecord) =>
        void records.push({ number, offset, endOffset, utcMs }),
      ending: (number: RecordNumber) => void ended.add(number),
    };
    const result = await scanFile(disk, file, visit);
    if (result !== undefined) found.push({ file, records, ...result });
  }
  const files = found.map(({ file: { name, bytes }, records, damages, wholeBytes }, i): SurveyedFile => {
    // Only the newest file has an end that is still written to.
    const end = i === found.length - 1 ? wholeBytes : bytes;
    return {
      name,
      bytes,
      snapshots: records.length,
      unsent: records.filter(({ number }) => !ended.has(number)),
      firstUtcMs: records[0]?.utcMs,
      lastUtcMs: records.at(-1)?.utcMs,
      unfinishedBytes: bytes - end,
      damages: damages.filter(({ offset }) => offset < end),
    };
  });
  return { files, ...(await surveyRefused(disk)) };
}

async function surveyRefused(disk: StoreDisk): Promise<Pick<SpoolSurvey, "refused" | "refusedBytes">> {
  const refused: RefusedSnapshot[] = [];
  let refusedBytes = 0;
  for (const file of await listSpoolFiles(disk, "refused")) {
    refusedBytes += file.bytes;
    let last: SpoolRecord | undefined;
    const ending = (number: RecordNumber, refusal: Refusal | undefined): void => {
      if (last?.number !== number || refusal === undefined) return;
      const { agentId, snapshotId, utcMs } = last;
      refused.push({ file: file.name, agentId, snapshotId: idHex(snapshotId), utcMs, ...refusal });
    };
    const record = (one: SpoolRecord): void => {
      last = one;
    };
    await scanFile(disk, file, { record, ending });
  }
  return { refused, refusedBytes };
}

/** Nothing when the file is gone meanwhile. */
async function scanFile(
  disk: StoreDisk,
  file: SpoolFile,
  visit: ConstructorParameters<typeof SpoolScan>[2],
): Promise<{ readonly damages: readonly SpoolDamage[]; readonly wholeBytes: number } | undefined> {
  const readable = await disk.openRead(file.name).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (readable === undefined) return undefined;
  try {
    return await new SpoolScan(readable, file.bytes, visit).run();
  } finally {
    readable.close();
  }
}

/** Copies what is unsent to a new file, frame by frame as it stands. @returns how many snapshots that are */
export async function exportUnsent(disk: StoreDisk, survey: SpoolSurvey, path: string): Promise<number> {
  const into = await open(path, "wx", 0o600);
  try {
    let count = 0;
    for (const file of survey.files) count += await exportFile(disk, file, into);
    await into.sync();
    return count;
  } finally {
    await into.close();
  }
}

async function exportFile(disk: StoreDisk, { name, unsent }: SurveyedFile, into: FileHandle): Promise<number> {
  if (unsent.length === 0) return 0;
  const readable = await disk.openRead(name).catch((error: NodeJS.ErrnoException) => {
    // All of it was sent since.
    if (error.code !== "ENOENT") throw error;
  });
  if (readable === undefined) return 0;
  try {
    for (const { offset, endOffset } of unsent) {
      const frames = new Uint8Array(endOffset - offset);
      await readable.readAt(offset, frames);
      await into.write(frames);
    }
    return unsent.length;
  } finally {
    readable.close();
  }
}

/** Removes everything that a spool keeps in a folder, and nothing else. @returns how many files that were */
export async function clearSpool(disk: StoreDisk): Promise<number> {
  let count = 0;
  for (const kind of ["spool", "refused"] as const satisfies readonly SpoolFileKind[]) {
    for (const { name } of await listSpoolFiles(disk, kind)) {
      await disk.remove(name);
      count++;
    }
  }
  return count;
}
