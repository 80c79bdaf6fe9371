import type { Entropy } from "../ports/entropy.ts";
import type { StoreDisk } from "../ports/store_disk.ts";
import type { SpoolRecoveryReport } from "./spool_recovery.ts";

/** What a spool may take, and what goes when there is no room. */
export interface SpoolLimits {
  /** Of all files with snapshots to send. */
  readonly maxBytes: number;
  /** Older ones are dropped. */
  readonly maxAgeMs: number;
  /** What goes when there is no room: what is there, or what comes. */
  readonly drop: "oldest" | "newest";
  /** Memory for what a failing disk does not take. */
  readonly memoryBytes: number;
}

/** What a `Spool` is made of. */
export interface SpoolOptions {
  /** A folder that no other spool uses. */
  readonly disk: StoreDisk;
  readonly agentId: string;
  readonly platform: number;
  readonly entropy: Entropy;
  readonly limits: SpoolLimits;
  /** UTC less the clock of `nowMs`. */
  readonly utcOffsetMs: number;
  readonly onRecovery: (report: SpoolRecoveryReport) => void;
}

/** Records in flight and records between them that have ended: below the 1,024 ids that a server knows (spec §6.5). */
export const SPAN = 512;
/** So many endings are written for their own sake. */
export const ENDINGS_GROUP = 256;
/** Endings that a crash forgets: with more, nothing is sent until the disk has taken some. */
export const MAX_UNWRITTEN_ENDINGS = 384;
/** Payloads of the window; hundreds of snapshots of the usual size. */
export const WINDOW_BYTES: number = 2 * 1_048_576;
export const WINDOW_RECORDS = 1_024;
/** Written and synced at once. */
export const GROUP_BYTES = 1_048_576;

/** A spool is so many files when it is full: dropping the oldest costs little of it. */
export const SPOOL_FILES = 8;
const MIN_ROTATE_BYTES = 65_536;
const MAX_ROTATE_BYTES = 16 * 1_048_576;

/** When a file is full. */
export function rotateBytesOf({ maxBytes }: SpoolLimits): number {
  return Math.min(MAX_ROTATE_BYTES, Math.max(MIN_ROTATE_BYTES, Math.floor(maxBytes / SPOOL_FILES)));
}
