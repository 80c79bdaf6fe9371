import type { StoreDisk } from "../ports/store_disk.ts";
import { SpoolFiles } from "./spool_files.ts";
import type { Refusal, SpoolFrames } from "./spool_frames.ts";
import { joined } from "./spool_pending.ts";
import { listSpoolFiles } from "./spool_recovery.ts";
import type { WindowEntry } from "./spool_window.ts";

/** All of what is kept aside; enough for hundreds of snapshots, and refusals should be none. */
const MAX_BYTES = 8 * 1_048_576;
const ROTATE_BYTES = 1_048_576;
/** Refused snapshots in memory that are not kept aside yet. */
const MAX_WAITING = 64;

/** Snapshots that a server refused, kept aside with the reason: a Snapshot frame, then the Ack that refused it. */
export class Quarantine {
  readonly #frames: SpoolFrames;
  readonly #files: SpoolFiles;
  readonly #waiting: { readonly one: WindowEntry; readonly refusal: Refusal; readonly utcMs: number }[] = [];
  #count: number;

  private constructor(frames: SpoolFrames, files: SpoolFiles) {
    this.#frames = frames;
    this.#files = files;
    this.#count = files.all.at(-1)?.first ?? 0;
  }

  /** Begins with what is there; a new file is begun for what comes. */
  static async open(disk: StoreDisk, frames: SpoolFrames): Promise<Quarantine> {
    const files = await listSpoolFiles(disk, "refused");
    return new Quarantine(frames, new SpoolFiles("refused", disk, ROTATE_BYTES, files, undefined));
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  add(one: WindowEntry, refusal: Refusal, utcMs: number): void {
    this.#waiting.push({ one, refusal, utcMs });
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
  }

  /** Keeps the oldest that waits, durably; the oldest that were kept make room. */
  async keepNext(): Promise<{ readonly one: WindowEntry; readonly refusal: Refusal } | undefined> {
    const [next] = this.#waiting;
    if (next === undefined) return undefined;
    const { one, refusal, utcMs } = next;
    const { number, prefix, entry } = one;
    const frames = this.#frames.snapshot(number, entry.snapshotId, entry.payload, one.utcMs);
    const group = joined([...frames, this.#frames.ending(number, prefix, refusal, utcMs)]);
    while (this.#files.all.length > 0 && this.#files.bytes + group.length > MAX_BYTES) await this.#files.removeOldest();
    if (group.length <= MAX_BYTES) await this.#files.append(group, ++this.#count, undefined, () => false);
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    return next;
  }

  close(): Promise<void> {
    return this.#files.close();
  }
}
