import type { Prng } from "./prng.ts";

/** A change of a file that is not durable yet. */
type Change =
  | { readonly kind: "append"; readonly from: number; readonly to: number }
  | { readonly kind: "cut"; readonly to: number; readonly removed: Uint8Array };

/** Torn writes are seen in units of this. */
const SECTOR_BYTES = 512;

/** A file as the kernel sees it, and what of it would survive a loss of power. */
export class VirtualFile {
  readonly name: string;
  /** Whether its name would survive a loss of power. */
  isNameDurable = false;
  /** Below this nothing has changed since it was last `settled`. */
  unchangedBytes = 0;
  #bytes: Uint8Array = new Uint8Array(8_192);
  #length = 0;
  /** Changes since the last sync, oldest first. */
  #changes: Change[] = [];
  /** What a failed sync has dropped: the kernel has it, and a later sync says nothing about it. */
  #dropped: { from: number; to: number }[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get length(): number {
    return this.#length;
  }

  get isSynced(): boolean {
    return this.#changes.length === 0;
  }

  /** Valid until the next change. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  append(bytes: Uint8Array): void {
    const from = this.#length;
    this.#resize(from + bytes.length);
    this.#bytes.set(bytes, from);
    this.#changes.push({ kind: "append", from, to: this.#length });
  }

  truncate(to: number): void {
    if (to >= this.#length) return;
    this.#changes.push({ kind: "cut", to, removed: this.#bytes.slice(to, this.#length) });
    this.#length = to;
    this.unchangedBytes = Math.min(this.unchangedBytes, to);
    this.#dropped = this.#dropped.filter(({ from }) => from < to);
  }

  /** A sync that worked: everything is durable, but for what an earlier one has dropped. */
  sync(): void {
    this.#changes = [];
    for (const { from, to } of this.#dropped) this.#bytes.fill(0, from, Math.min(to, this.#length));
    this.#dropped = [];
  }

  /** A sync that failed: what was written since the last one may never get to the disk, whatever the next one says. */
  failSync(): void {
    for (const change of this.#changes) {
      if (change.kind === "append" && change.from < this.#length) this.#dropped.push(change);
    }
  }

  /** The process is gone, the machine is not: the kernel writes what it has. */
  processEnded(): void {
    this.#dropped = [];
  }

  /** A write that was on its way when its process ended: only a part of it got to the kernel. */
  tearLast(random: Prng): void {
    const last = this.#changes.at(-1);
    if (last?.kind !== "append" || last.to !== this.#length) return;
    this.#changes.pop();
    const to = random.whole(last.from, last.to);
    this.#length = to;
    if (to > last.from) this.#changes.push({ kind: "append", from: last.from, to });
  }

  /**
   * The power goes: of what was not synced a prefix survives, its last write torn anywhere. With `withHole` the disk has
   * written in another order: a stretch of that last write is zeros.
   */
  losePower(random: Prng, withHole: boolean): void {
    const kept = random.whole(0, this.#changes.length);
    let last: Change | undefined;
    while (this.#changes.length > kept) {
      last = this.#changes.pop()!;
      if (last.kind === "append") {
        this.#length = last.from;
      } else {
        this.#resize(last.to + last.removed.length);
        this.#bytes.set(last.removed, last.to);
      }
    }
    if (last?.kind === "append") {
      this.#length = last.from + random.below(last.to - last.from + 1);
      if (withHole && this.#length - last.from > SECTOR_BYTES) {
        const from = last.from + random.below(this.#length - last.from - SECTOR_BYTES);
        this.#bytes.fill(0, from, from + SECTOR_BYTES * random.whole(1, 4));
      }
    }
    this.unchangedBytes = Math.min(this.unchangedBytes, this.#length, this.#firstUnsynced(last));
    this.#changes = [];
    this.#dropped = [];
  }

  #firstUnsynced(last: Change | undefined): number {
    const froms = [...this.#changes, ...(last === undefined ? [] : [last])].map((c) =>
      c.kind === "append" ? c.from : c.to,
    );
    return Math.min(...froms, this.#length);
  }

  #resize(length: number): void {
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#length = length;
  }
}

/** A folder whose machine may lose power: new names and removals are durable only once the folder is synced. */
export class VirtualFolder {
  readonly files: Map<string, VirtualFile> = new Map();
  #removed: VirtualFile[] = [];

  get usedBytes(): number {
    let bytes = 0;
    for (const file of this.files.values()) bytes += file.length;
    return bytes;
  }

  create(name: string): VirtualFile {
    const file = new VirtualFile(name);
    this.files.set(name, file);
    return file;
  }

  remove(name: string): void {
    const file = this.files.get(name);
    if (file === undefined) return;
    this.files.delete(name);
    if (file.isNameDurable) this.#removed.push(file);
  }

  sync(): void {
    for (const file of this.files.values()) file.isNameDurable = true;
    this.#removed = [];
  }

  losePower(random: Prng, withHoles: boolean): void {
    for (const file of this.#removed) if (random.chance(0.5)) this.files.set(file.name, file);
    this.#removed = [];
    for (const file of [...this.files.values()]) {
      if (!file.isNameDurable && random.chance(0.5)) this.files.delete(file.name);
      else file.losePower(random, withHoles);
      file.isNameDurable = true;
    }
  }
}
