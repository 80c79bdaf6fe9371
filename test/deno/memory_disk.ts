import type { AppendFile, ReadableFile, StoreDisk } from "../../src/ports/store_disk.ts";

/** A folder in memory that fails when it is told to. */
export class MemoryDisk implements StoreDisk {
  readonly files: Map<string, Uint8Array> = new Map();
  /** Bytes that fit; a write over it leaves what fits and fails. */
  capacityBytes: number = Number.POSITIVE_INFINITY;
  failSync = false;
  failTruncate = false;
  failCreate = false;
  /** A file that can't be read. */
  unreadable: string | undefined;
  syncs = 0;

  get usedBytes(): number {
    return [...this.files.values()].reduce((sum, { length }) => sum + length, 0);
  }

  list(): Promise<{ name: string; bytes: number }[]> {
    // In no order: newest first is as good as any.
    return Promise.resolve([...this.files].map(([name, { length }]) => ({ name, bytes: length })).reverse());
  }

  create(name: string): Promise<AppendFile> {
    if (this.failCreate) return Promise.reject(new Error("no more names"));
    if (this.files.has(name)) return Promise.reject(new Error(`${name} is there`));
    this.files.set(name, new Uint8Array(0));
    return this.openAppend(name);
  }

  openAppend(name: string): Promise<AppendFile> {
    return Promise.resolve({
      append: (bytes) => {
        const old = this.files.get(name)!;
        const taken = Math.min(bytes.length, this.capacityBytes - this.usedBytes);
        const grown = new Uint8Array(old.length + taken);
        grown.set(old);
        grown.set(bytes.subarray(0, taken), old.length);
        this.files.set(name, grown);
        return taken < bytes.length ? Promise.reject(new Error("no space left")) : Promise.resolve();
      },
      sync: () => {
        this.syncs++;
        return this.failSync ? Promise.reject(new Error("sync failed")) : Promise.resolve();
      },
      truncate: (bytes) => {
        if (this.failTruncate) return Promise.reject(new Error("truncate failed"));
        this.files.set(name, this.files.get(name)!.slice(0, bytes));
        return Promise.resolve();
      },
      close: () => {},
    });
  }

  openRead(name: string): Promise<ReadableFile> {
    return Promise.resolve({
      readAt: (offset, into) => {
        if (name === this.unreadable) {
          return Promise.reject(new Error("read failed"));
        }
        const bytes = this.files.get(name)!.subarray(offset, offset + into.length);
        into.set(bytes);
        return Promise.resolve(bytes.length);
      },
      close: () => {},
    });
  }

  remove(name: string): Promise<void> {
    this.files.delete(name);
    return Promise.resolve();
  }
}
