import type { SnapshotRecord } from "../src/ports/mod.ts";
import type { AppendFile } from "../src/ports/store_disk.ts";

/**
 * A batch goes out in one write while it fits: each call to the system waits its turn behind everything that came in
 * meanwhile. This holds a batch of 512 snapshots of 6 KB.
 */
const MAX_WRITE_BYTES = 4 * 1024 * 1024;
/** What the buffer begins with: a quiet fleet never needs more. */
const MIN_WRITE_BYTES = 512 * 1024;

/** The end of the newest file: appends batches, and takes back what a failed one left. */
export class FileWriter {
  readonly #file: AppendFile;
  /** Grown by the first batch: a file that is only opened, to be checked, needs none. */
  #buffer: Uint8Array = new Uint8Array(0);
  #durableBytes: number;
  /** True when there may be bytes behind the durable ones. */
  #isTorn = false;

  /** @param durableBytes how long the file is, all of it durable */
  constructor(file: AppendFile, durableBytes: number) {
    this.#file = file;
    this.#durableBytes = durableBytes;
  }

  get durableBytes(): number {
    return this.#durableBytes;
  }

  /** Resolves when the batch is durable; when it rejects, the batch is not in the file, or is cut back before the next. */
  async append(batch: readonly SnapshotRecord[]): Promise<void> {
    await this.cutBack();
    this.#isTorn = true;
    this.#makeRoom(batch.reduce((sum, { frameBytes }) => sum + frameBytes, 0));
    let filled = 0;
    let bytes = 0;
    for (const { frames } of batch) {
      for (const frame of frames) {
        if (filled + frame.length > this.#buffer.length) {
          await this.#file.append(this.#buffer.subarray(0, filled));
          filled = 0;
        }
        // A frame has at most 256 KiB (spec §1), so it fits.
        this.#buffer.set(frame, filled);
        filled += frame.length;
        bytes += frame.length;
      }
    }
    await this.#file.append(this.#buffer.subarray(0, filled));
    await this.#file.sync();
    this.#durableBytes += bytes;
    this.#isTorn = false;
  }

  /**
   * Takes back what a failed append left, durably: a loss of power would undo a cut that is only in the machine's memory,
   * and once the file is not the newest one nobody cuts it again.
   */
  async cutBack(): Promise<void> {
    if (!this.#isTorn) return;
    await this.#file.truncate(this.#durableBytes);
    await this.#file.sync();
    this.#isTorn = false;
  }

  close(): void {
    this.#file.close();
  }

  #makeRoom(batchBytes: number): void {
    let bytes = Math.max(MIN_WRITE_BYTES, this.#buffer.length);
    while (bytes < batchBytes && bytes < MAX_WRITE_BYTES) bytes *= 2;
    if (bytes > this.#buffer.length) this.#buffer = new Uint8Array(bytes);
  }
}
