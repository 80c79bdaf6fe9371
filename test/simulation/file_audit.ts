import { FRAME_HEADER_BYTES } from "../../src/protocols/snapshot/mod.ts";
import { frameAt } from "./stored_frames.ts";
import type { VirtualFile } from "./virtual_folder.ts";

/** Something whole in a file. */
export interface Stood {
  readonly end: number;
}

/** Whoever looks at what becomes durable on a disk. */
export interface DiskAudit {
  /** All of the file is durable now. */
  settled(file: VirtualFile): void;
  /** A file is no more. @param byOwner whoever writes to the disk has removed it, no loss of power */
  removed(file: VirtualFile, byOwner: boolean): void;
  /** Whether a new record may be put at the end: nothing but whole records stands before it. */
  isWhole(file: VirtualFile): boolean;
}

/** What is known of one file. */
interface AuditedFile<R> {
  records: R[];
  /** Up to here it was read: whole records, or damage. */
  readTo: number;
  /** Where the first damage begins. */
  damageAt: number;
}

/** Follows what is durable in the files of a folder: reads what has changed, and says what has come and what has gone. */
export abstract class FileAudit<R extends Stood> implements DiskAudit {
  readonly #files = new Map<VirtualFile, AuditedFile<R>>();

  settled(file: VirtualFile): void {
    let audited = this.#files.get(file);
    if (audited === undefined) {
      audited = { records: [], readTo: 0, damageAt: Number.POSITIVE_INFINITY };
      this.#files.set(file, audited);
    }
    const keptTo = Math.min(file.unchangedBytes, file.length);
    while ((audited.records.at(-1)?.end ?? 0) > keptTo) {
      this.cut(audited.records.pop()!, `${file.name} was cut back to ${keptTo} bytes`);
    }
    // What came after damage is found again from the damage on.
    audited.readTo = Math.min(audited.readTo, keptTo);
    const lastEnd = audited.records.at(-1)?.end ?? 0;
    if (audited.damageAt >= lastEnd) {
      audited.damageAt = Number.POSITIVE_INFINITY;
      audited.readTo = lastEnd;
    }
    this.#read(file, audited);
    file.unchangedBytes = file.length;
  }

  removed(file: VirtualFile, byOwner: boolean): void {
    const records = this.#files.get(file)?.records ?? [];
    this.#files.delete(file);
    if (byOwner) this.removedByOwner(file, records);
    else for (const record of records) this.cut(record, `${file.name} is gone`);
  }

  isWhole(file: VirtualFile): boolean {
    const audited = this.#files.get(file);
    return file.length === 0 || (audited?.readTo === file.length && audited.damageAt > file.length);
  }

  /** All that is durable, file by file. */
  protected *standing(): Generator<R> {
    for (const { records } of this.#files.values()) yield* records;
  }

  /** What begins there, if it is whole. */
  protected abstract recordAt(file: VirtualFile, at: number): R | undefined;
  /** A record has become durable. */
  protected abstract came(record: R, where: string): void;
  /** A durable record is gone. */
  protected abstract cut(record: R, why: string): void;
  /** What its owner has removed with its file. */
  protected abstract removedByOwner(file: VirtualFile, records: readonly R[]): void;

  #read(file: VirtualFile, audited: AuditedFile<R>): void {
    let at = audited.readTo;
    while (at < file.length) {
      const record = this.recordAt(file, at);
      if (record !== undefined) {
        audited.records.push(record);
        this.came(record, `${file.name} at ${at}`);
        at = record.end;
        continue;
      }
      const next = nextFrame(file.bytes, at + 1);
      // Damage up to the end is a torn tail: it stands until somebody cuts it back or puts more behind it.
      if (next === undefined) break;
      audited.damageAt = Math.min(audited.damageAt, at);
      at = next;
    }
    audited.readTo = at;
  }
}

function nextFrame(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from; at + FRAME_HEADER_BYTES < bytes.length; at++) {
    if (frameAt(bytes, at) !== undefined) return at;
  }
  return undefined;
}
