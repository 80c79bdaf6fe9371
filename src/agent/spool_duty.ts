import type { SpoolFile } from "./spool_files.ts";
import type { RecordNumber } from "./spool_frames.ts";
import type { SpoolLimits } from "./spool_options.ts";

/** What is to be done next in a spool's files. */
export type SpoolDuty = "remove-ended" | "drop-oldest" | "write-group";

/** What that depends on. */
export interface SpoolCondition {
  /** Oldest first. */
  readonly files: readonly SpoolFile[];
  readonly limits: SpoolLimits;
  /** What was put there before is too old. */
  readonly oldMs: number;
  /** Records before this have ended, but for those that could not be read. */
  readonly oldestUnended: RecordNumber;
  /** What would be written next; nothing when nothing is to be. */
  readonly groupBytes: number | undefined;
}

/** First what makes room, then what takes it; nothing when all is done. */
export function nextDuty(condition: SpoolCondition): SpoolDuty | undefined {
  const { files, limits, oldMs, oldestUnended, groupBytes } = condition;
  const { maxBytes, drop } = limits;
  const [oldest, next] = files;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (oldest !== undefined && next !== undefined) {
    if (next.first <= oldestUnended && oldest.unread === 0) return "remove-ended";
    // What can't be read is kept for another start, as long as what comes has room.
    if (oldest.unread > 0 && bytes > maxBytes / 2) return "drop-oldest";
  }
  if (oldest !== undefined && oldest.lastUtcMs < oldMs) return "drop-oldest";
  if (groupBytes === undefined) return undefined;
  const isOver = drop === "oldest" && bytes + groupBytes > maxBytes;
  return isOver && oldest !== undefined ? "drop-oldest" : "write-group";
}
