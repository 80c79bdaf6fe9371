import { type FileHandle, mkdir, open, readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { AppendFile, ReadableFile, StoreDisk } from "../ports/store_disk.ts";

/** Only the agent's user reads what it keeps: command lines hold secrets. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Makes a folder, readable by its owner only, if it is not there. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
}

/** A folder of this machine. */
export class FolderDisk implements StoreDisk {
  readonly #folder: string;

  /** @param folder an existing folder: see {@linkcode makeFolder} */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async list(): Promise<{ readonly name: string; readonly bytes: number }[]> {
    const files: { name: string; bytes: number }[] = [];
    for (const entry of await readdir(this.#folder, { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      // One that is removed meanwhile is no file of the folder any more.
      const found = await stat(this.#path(entry.name)).catch(ifMissing);
      if (found !== undefined) files.push({ name: entry.name, bytes: found.size });
    }
    return files;
  }

  async create(name: string): Promise<AppendFile> {
    const file = await open(this.#path(name), "ax", FILE_MODE);
    return new FolderAppendFile(await this.#withDurableName(file));
  }

  async openAppend(name: string): Promise<AppendFile> {
    // Not created when it is missing, which `a` alone would do.
    await stat(this.#path(name));
    // Whoever made it may have been killed before the name was durable.
    return new FolderAppendFile(await this.#withDurableName(await open(this.#path(name), "a")));
  }

  async openRead(name: string): Promise<ReadableFile> {
    return new FolderReadableFile(await open(this.#path(name), "r"));
  }

  async remove(name: string): Promise<void> {
    // Gone already: only its being gone for good is left to see to.
    await unlink(this.#path(name)).catch(ifMissing);
    await this.#sync();
  }

  async #withDurableName(file: FileHandle): Promise<FileHandle> {
    try {
      await this.#sync();
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Makes names in the folder durable. */
  async #sync(): Promise<void> {
    const folder = await open(this.#folder, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

class FolderAppendFile implements AppendFile {
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at);
      at += bytesWritten;
    }
  }

  async sync(): Promise<void> {
    await this.#file.datasync();
  }

  async truncate(bytes: number): Promise<void> {
    await this.#file.truncate(bytes);
  }

  close(): void {
    this.#file.close().catch(() => {});
  }
}

class FolderReadableFile implements ReadableFile {
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async readAt(offset: number, into: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      const { bytesRead } = await this.#file.read(into, filled, into.length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }

  close(): void {
    this.#file.close().catch(() => {});
  }
}
