import type { AppendFile, ReadableFile, StoreDisk } from "../src/ports/store_disk.ts";

/** Only the server's user reads what agents send: command lines hold secrets. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** A write up to this goes to the page cache in less time than a thread takes to be handed it; the sync is never waited for. */
const SMALL_WRITE_BYTES = 64 * 1024;

/** A folder of this machine. Needs read and write permission for it, nothing else. */
export class FolderDisk implements StoreDisk {
  readonly #folder: string;

  /** @param folder an existing folder: see {@linkcode makeFolder} */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async list(): Promise<{ readonly name: string; readonly bytes: number }[]> {
    const files: { name: string; bytes: number }[] = [];
    for await (const { name, isFile } of Deno.readDir(this.#folder)) {
      if (isFile) files.push({ name, bytes: (await Deno.stat(this.#path(name))).size });
    }
    return files;
  }

  async create(name: string): Promise<AppendFile> {
    const path = this.#path(name);
    const file = await Deno.open(path, { append: true, createNew: true, mode: FILE_MODE });
    try {
      await syncFolder(this.#folder);
    } catch (error) {
      // A name that may vanish with the power is no place for what is acknowledged.
      file.close();
      await Deno.remove(path).catch(() => {});
      throw error;
    }
    return new FolderAppendFile(file);
  }

  async openAppend(name: string): Promise<AppendFile> {
    const file = await Deno.open(this.#path(name), { append: true });
    try {
      // Whoever made it may have been killed before the name was durable.
      await syncFolder(this.#folder);
    } catch (error) {
      file.close();
      throw error;
    }
    return new FolderAppendFile(file);
  }

  async openRead(name: string): Promise<ReadableFile> {
    return new FolderReadableFile(await Deno.open(this.#path(name), { read: true }));
  }

  async remove(name: string): Promise<void> {
    await Deno.remove(this.#path(name)).catch((error: unknown) => {
      // Gone already: only its being gone for good is left to see to.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    await syncFolder(this.#folder);
  }

  #path(name: string): string {
    return `${this.#folder}/${name}`;
  }
}

/** Makes the folder of a store if it is not there, readable by its owner only. */
export async function makeFolder(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true, mode: FOLDER_MODE });
}

/**
 * Takes the folder for this process: a lock of the operating system on `<folder>/.lock`, which ends with the process
 * however it ends. Undefined when another process has it.
 */
export async function lockFolder(folder: string): Promise<Disposable | undefined> {
  const file = await Deno.open(`${folder}/.lock`, { write: true, create: true, mode: FILE_MODE });
  if (await file.tryLock(true)) return { [Symbol.dispose]: () => file.close() };
  file.close();
  return undefined;
}

/** Makes names in a folder durable. */
async function syncFolder(folder: string): Promise<void> {
  const file = await Deno.open(folder, { read: true });
  try {
    await file.sync();
  } finally {
    file.close();
  }
}

class FolderAppendFile implements AppendFile {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const rest = bytes.subarray(at);
      at += rest.length <= SMALL_WRITE_BYTES ? this.#file.writeSync(rest) : await this.#file.write(rest);
    }
  }

  async sync(): Promise<void> {
    await this.#file.syncData();
  }

  async truncate(bytes: number): Promise<void> {
    await this.#file.truncate(bytes);
  }

  close(): void {
    this.#file.close();
  }
}

class FolderReadableFile implements ReadableFile {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  async readAt(offset: number, into: Uint8Array): Promise<number> {
    await this.#file.seek(offset, Deno.SeekMode.Start);
    let filled = 0;
    while (filled < into.length) {
      const count = await this.#file.read(into.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    return filled;
  }

  close(): void {
    this.#file.close();
  }
}
