import type { ServerSessionOptions } from "../protocols/snapshot/session_types.ts";
import type { IngestLimits } from "./ingest_limits.ts";

/** What an `Ingest` is made of. */
export interface IngestOptions {
  /** For every session. */
  readonly session: ServerSessionOptions;
  readonly limits?: Partial<IngestLimits>;
  /** Whether each stored snapshot is an event. */
  readonly reportStored?: boolean;
}
