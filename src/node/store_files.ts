import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseStoreFile } from "../inspect/store_file_name.ts";
import { UnreadableFileError } from "./capture_file.ts";

/**
 * How far an agent's clock may be ahead of the server's, and the server's be set back, before a file is passed over that
 * holds something of the time asked for.
 */
const CLOCK_SLACK_MS = 300_000;

/** A capture of a store. */
export interface StoredFile {
  readonly path: string;
  readonly bytes: number;
  /** Nothing in the file was sampled later than this, as far as clocks agree. */
  readonly lastMs: number;
}

/**
 * The captures in a folder, in the order in which they were written. Files that the server did not name come last.
 *
 * A snapshot comes in after it was sampled, and before the next file begins: that file's name bounds what is in this
 * one from above. So does the time of the last write, for a clock that was set back; a copy's is later, and safe.
 * There is no such bound from below: an agent may have kept a snapshot for long.
 *
 * @throws UnreadableFileError when there is no such folder
 */
export async function storeFiles(folder: string): Promise<StoredFile[]> {
  const found: { path: string; bytes: number; writtenMs: number; firstMs: number; sequence: number }[] = [];
  try {
    for (const name of (await readdir(folder)).filter((one) => one.endsWith(".tide")).sort()) {
      const path = join(folder, name);
      const { size, mtimeMs } = await stat(path);
      const parsed = parseStoreFile(name, size);
      const { firstMs = Number.POSITIVE_INFINITY, sequence = Number.POSITIVE_INFINITY } = parsed ?? {};
      found.push({ path, bytes: size, writtenMs: mtimeMs, firstMs, sequence });
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Retention took a file away meanwhile: that is no reason to show nothing.
    if (code === "ENOENT" && found.length > 0) return storeFiles(folder);
    throw new UnreadableFileError(`can't read ${folder}: ${code === "ENOENT" ? "there is no such folder" : message}`);
  }
  found.sort((a, b) => (a.sequence === b.sequence ? 0 : a.sequence - b.sequence));
  return found.map(({ path, bytes, writtenMs }, i) => {
    const nextMs = found[i + 1]?.firstMs ?? Number.POSITIVE_INFINITY;
    return { path, bytes, lastMs: Math.max(nextMs, writtenMs) + CLOCK_SLACK_MS };
  });
}
