import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LOCK_FILE = ".lock";
/** Locks of dead processes that are taken over before the folder counts as contended. */
const MAX_TRIES = 5;

/** The folder belongs to another process that lives. */
export class FolderLockedError extends Error {
  override readonly name = "FolderLockedError";
}

/**
 * Takes a folder for this process, until `release` or until the process is gone, however it ends: the lock names a process
 * and when it started, so that one that is dead holds nothing, not even when its number is another's by now. Node has no
 * lock of the operating system; processes that don't see each other (containers that share the folder) are not told apart.
 *
 * @throws FolderLockedError when a living process has it
 */
export function lockFolder(folder: string): { release(): void } {
  const path = join(folder, LOCK_FILE);
  const mine = `${process.pid} ${startOf(process.pid) ?? "-"}\n`;
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      if (linkUnlessThere(draft, path)) return { release: () => release(path, mine) };
      const holder = read(path);
      if (holder === undefined) continue;
      if (isAlive(holder)) throw new FolderLockedError(`process ${holder.split(" ")[0]} has ${folder}`);
      // Moved aside, not removed: should another have taken it over just now, it gets it back.
      const aside = `${draft}.aside`;
      try {
        renameSync(path, aside);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
        throw error;
      }
      if (read(aside) !== holder) linkUnlessThere(aside, path);
      rmSync(aside, { force: true });
    }
    throw new FolderLockedError(`others keep taking ${folder}`);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The living process that has the folder, if one does. */
export function lockHolder(folder: string): number | undefined {
  const holder = read(join(folder, LOCK_FILE));
  return holder !== undefined && isAlive(holder) ? Number(holder.split(" ")[0]) : undefined;
}

function release(path: string, mine: string): void {
  if (read(path) === mine) rmSync(path, { force: true });
}

function linkUnlessThere(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function isAlive(holder: string): boolean {
  const [pid, start] = holder.trim().split(" ");
  if (pid === undefined || !/^\d{1,10}$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    // EPERM: it lives, and is another user's.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const now = startOf(Number(pid));
  return now === undefined || start === "-" || now === start;
}

/** Where the start time stands behind the name in /proc/PID/stat: its 22nd field. */
const START_FIELD = 19;

/** When a process started, with the boot that this is counted from; nothing where the system does not say. */
function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const boot = read("/proc/sys/kernel/random/boot_id")?.trim();
  const start = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[START_FIELD];
  return start === undefined || boot === undefined ? undefined : `${boot}:${start}`;
}
