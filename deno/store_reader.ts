import { parseStoreFile, type StoreFile } from "../src/inspect/store_file_name.ts";
import type { Compressor, StoreDisk } from "../src/ports/mod.ts";
import { CaptureScan } from "../src/protocols/snapshot/capture_scan.ts";
import { type FoundSnapshot, SnapshotFinder } from "./snapshot_finder.ts";

/** How far a reader is: everything before it has been read. */
export interface StorePosition {
  /** A file of the store. */
  readonly file: string;
  readonly offset: number;
}

/** What a reader came upon that it can't hand out. */
export interface ReaderLosses {
  /** Frames that are no readable snapshot. */
  unreadableFrames: number;
  /** Bytes that are no frame. */
  damagedBytes: number;
  /** Times that the file being read was gone, by retention, before its end was reached. */
  filesGone: number;
}

/**
 * Reads the snapshots of a file store's folder in order, from a position on, while a server writes there. It takes no lock
 * and changes nothing. What it hands out may not be synced yet: after a crash the server may cut that back and write
 * it again, and then it is handed out twice.
 */
export class StoreReader {
  readonly losses: ReaderLosses = { unreadableFrames: 0, damagedBytes: 0, filesGone: 0 };
  readonly #disk: StoreDisk;
  readonly #compressor: Compressor;
  #position: StorePosition | undefined;

  /** @param position where to go on; the oldest file's beginning when left out */
  constructor(disk: StoreDisk, compressor: Compressor, position?: StorePosition) {
    this.#disk = disk;
    this.#compressor = compressor;
    this.#position = position;
  }

  /** Behind what was handed out; nothing before there is any file. */
  get position(): StorePosition | undefined {
    return this.#position;
  }

  /** The next snapshots, about a window of the file; none when there is nothing new at the moment. */
  async read(): Promise<readonly FoundSnapshot[]> {
    for (;;) {
      const files = await this.#list();
      const file = this.#fileOf(files);
      if (file === undefined) return [];
      const isNewest = file === files.at(-1);
      const found = await this.#readFile(file, isNewest);
      if (found.length > 0 || isNewest) return found;
      // Its end: nothing is written to an older file any more.
      const next = files[files.indexOf(file) + 1]!;
      this.#position = { file: next.name, offset: 0 };
    }
  }

  async #list(): Promise<StoreFile[]> {
    const files: StoreFile[] = [];
    for (const { name, bytes } of await this.#disk.list()) {
      const file = parseStoreFile(name, bytes);
      if (file !== undefined) files.push(file);
    }
    return files.sort((a, b) => a.sequence - b.sequence);
  }

  /** The file that the position is in, or the next one when that is gone. */
  #fileOf(files: readonly StoreFile[]): StoreFile | undefined {
    const position = this.#position;
    const own = files.find(({ name }) => name === position?.file);
    if (own !== undefined) return own;
    const sequence = position === undefined ? 0 : (parseStoreFile(position.file, 0)?.sequence ?? 0);
    const next = files.find((file) => file.sequence > sequence);
    if (next === undefined) return undefined;
    if (position !== undefined) this.losses.filesGone++;
    this.#position = { file: next.name, offset: 0 };
    return next;
  }

  async #readFile(file: StoreFile, isNewest: boolean): Promise<readonly FoundSnapshot[]> {
    // Cut back after a crash: what was behind comes again.
    const from = Math.min(this.#position!.offset, file.bytes);
    const finder = new SnapshotFinder(this.#compressor, from);
    let end = from;
    const readable = await this.#disk.openRead(file.name);
    try {
      const visitor = {
        frame: (offset: number, bytes: Uint8Array) => finder.takeFrame(offset, bytes),
        damage: ({ offset, endOffset }: { readonly offset: number; readonly endOffset: number }) => {
          // At the end of the newest file it is what is being written.
          if (isNewest && endOffset === file.bytes) return;
          this.losses.damagedBytes += endOffset - offset;
          end = endOffset;
        },
      };
      const scan = new CaptureScan(readable, file.bytes, visitor, from);
      for await (const _ of scan.run()) if (finder.found.length > 0) break;
    } finally {
      readable.close();
    }
    this.losses.unreadableFrames += finder.unreadable;
    this.#position = { file: file.name, offset: Math.max(end, finder.recordsEnd) };
    return finder.found;
  }
}
