import type { AppendFile, ReadableFile, StoreDisk } from "../../src/ports/store_disk.ts";
import type { Env } from "./env.ts";
import type { DiskAudit } from "./file_audit.ts";
import type { Prng } from "./prng.ts";
import type { VirtualFile, VirtualFolder } from "./virtual_folder.ts";

/** How the disk behaves now; the faults change it. */
export interface DiskMood {
  /** Chances that one call fails. */
  appendFails: number;
  syncFails: number;
  truncateFails: number;
  createFails: number;
  readFails: number;
  removeFails: number;
  /** Bytes that fit on it. */
  capacityBytes: number;
  /** How many times slower than usual. */
  slowness: number;
}

export const GOOD_DISK: DiskMood = {
  appendFails: 0,
  syncFails: 0,
  truncateFails: 0,
  createFails: 0,
  readFails: 0,
  removeFails: 0,
  capacityBytes: Number.POSITIVE_INFINITY,
  slowness: 1,
};

/** What the disk is made of. */
export interface VirtualDiskOptions {
  readonly env: Env;
  readonly folder: VirtualFolder;
  readonly mood: DiskMood;
  readonly audit: DiskAudit;
  readonly random: Prng;
}

/** A folder as one process sees it: calls take time, fail now and then, and end with the process. */
export class VirtualDisk implements StoreDisk {
  readonly #options: VirtualDiskOptions;
  #isOver = false;
  /** The file that is being written to at this moment. */
  #writing: VirtualFile | undefined;

  constructor(options: VirtualDiskOptions) {
    this.#options = options;
  }

  /** The process is gone: no call comes back any more. With `losesPower` the machine went down with it. */
  end(losesPower: boolean, withHoles: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { folder, random, audit } = this.#options;
    this.#writing?.tearLast(random);
    if (!losesPower) {
      for (const file of folder.files.values()) file.processEnded();
      return;
    }
    const before = new Set(folder.files.values());
    folder.losePower(random, withHoles);
    for (const file of before) if (!folder.files.has(file.name)) audit.removed(file, false);
    for (const file of folder.files.values()) audit.settled(file);
  }

  list(): Promise<{ name: string; bytes: number }[]> {
    const { folder, mood } = this.#options;
    return this.#call("list", 1, mood.readFails, () =>
      [...folder.files.values()].map(({ name, length }) => ({ name, bytes: length })).reverse(),
    );
  }

  create(name: string): Promise<AppendFile> {
    const { folder, mood, random, env } = this.#options;
    if (folder.files.has(name)) return Promise.reject(new Error(`${name} is there`));
    const file = folder.create(name);
    const created = this.#call("create", 4, mood.createFails, () => {
      folder.sync();
      return this.#appendFile(file);
    });
    created.catch(() => {
      env.note("disk", () => `create ${name} failed`);
      // Most of the time what was half made can be taken back.
      if (random.chance(0.8)) folder.remove(name);
    });
    return created;
  }

  openAppend(name: string): Promise<AppendFile> {
    return this.#call("open", 4, this.#options.mood.readFails, () => {
      this.#options.folder.sync();
      return this.#appendFile(this.#file(name));
    });
  }

  openRead(name: string): Promise<ReadableFile> {
    const { mood } = this.#options;
    return this.#call("open", 0.2, mood.readFails, () => ({
      readAt: (offset: number, into: Uint8Array) =>
        this.#call("read", 0.5, mood.readFails, () => {
          const bytes = this.#file(name).bytes.subarray(offset, offset + into.length);
          into.set(bytes);
          return bytes.length;
        }),
      close: () => {},
    }));
  }

  async remove(name: string): Promise<void> {
    const { folder, mood, audit } = this.#options;
    await this.#call("remove", 0.3, mood.removeFails, () => {
      const file = folder.files.get(name);
      // Gone already: only its being gone for good is left to see to.
      if (file === undefined) return;
      audit.removed(file, true);
      folder.remove(name);
    });
    await this.#call("sync of the folder", 4, mood.removeFails, () => folder.sync());
  }

  #file(name: string): VirtualFile {
    const file = this.#options.folder.files.get(name);
    if (file === undefined) throw new Error(`${name} is not there`);
    return file;
  }

  #appendFile(file: VirtualFile): AppendFile {
    const { mood, audit, env } = this.#options;
    return {
      append: (bytes) => this.#append(file, bytes),
      sync: () =>
        this.#call("sync", 6, 0, () => {
          if (this.#draw("syncFails", mood.syncFails)) {
            file.failSync();
            throw new Error("sync failed");
          }
          file.sync();
          audit.settled(file);
        }),
      truncate: (bytes) =>
        this.#call("truncate", 0.5, mood.truncateFails, () => {
          env.note("disk", () => `${file.name} is cut from ${file.length} to ${bytes} bytes`);
          file.truncate(bytes);
        }),
      close: () => {},
    };
  }

  async #append(file: VirtualFile, bytes: Uint8Array): Promise<void> {
    const { folder, mood, audit, env, random } = this.#options;
    if (file.isSynced && !audit.isWhole(file)) {
      env.violate("records stand behind whole records", `${file.name} is written to behind a torn or damaged place`);
    }
    const room = Math.max(0, mood.capacityBytes - folder.usedBytes);
    const isFull = bytes.length > room;
    const isFailing = !isFull && this.#draw("appendFails", mood.appendFails);
    const taken = isFull ? room : isFailing ? random.below(bytes.length + 1) : bytes.length;
    if (isFull) env.counts.add("disk full");
    file.append(bytes.subarray(0, taken));
    this.#writing = file;
    await this.#call("append", 0.4, 0, () => {
      this.#writing = undefined;
      if (isFull) throw new Error("no space left on device");
      if (isFailing) throw new Error("input/output error");
    });
  }

  #draw(what: string, chance: number): boolean {
    if (chance === 0 || !this.#options.random.chance(chance)) return false;
    this.#options.env.counts.add(`disk: ${what}`);
    return true;
  }

  /** One call into the system: `done` happens when it comes back, which it does not once the process is gone. */
  #call<T>(name: string, meanMs: number, fails: number, done: () => T): Promise<T> {
    const { env, mood, random } = this.#options;
    const { scheduler } = env;
    const durationMs = (meanMs * 0.1 + random.exponential(meanMs)) * mood.slowness;
    return new Promise((resolve, reject) => {
      scheduler.after(durationMs, () => {
        if (this.#isOver) return;
        scheduler.hasPromises = true;
        try {
          if (this.#draw(`${name} fails`, fails)) throw new Error(`${name} failed`);
          resolve(done());
        } catch (error) {
          env.note("disk", () => `${name}: ${(error as Error).message}`);
          reject(error);
        }
      });
    });
  }
}
