import { lstatSync, mkdtempSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** `sun_path` of Linux without its NUL. A longer path is cut by some runtimes without a word, and another file is bound. */
const MAX_PATH_BYTES = 107;

/** What is wrong with a path for a Unix socket, or nothing. */
export function ipcPathFault(path: string): string | undefined {
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_PATH_BYTES) return `the path has ${bytes} bytes, expected at most ${MAX_PATH_BYTES}`;
  return path === "" ? "the path is empty" : undefined;
}

/** The path to bind: `*` is a new one in a temporary folder, as with libzmq. */
export function ipcBindPath(path: string): string {
  return path === "*" ? join(mkdtempSync(join(tmpdir(), "tidewire-")), "socket") : path;
}

/**
 * Removes the socket that an earlier process left at the path. As libzmq does, it asks nobody whether that one is alive; what
 * is not a socket stays, and binding fails on it.
 */
export function removeSocketFile(path: string): void {
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path);
  } catch {
    // There is none, or it may not be touched: binding tells.
  }
}
