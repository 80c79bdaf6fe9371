import type { DedupeIndex, MetricFamily } from "../src/ingest/mod.ts";
import type { SnapshotStore } from "../src/ports/mod.ts";
import type { ServeOptions } from "./serve_options.ts";

/** Where snapshots are to be stored, taken for this server and not opened yet. */
export interface StorePlace {
  /** How the log calls it. */
  readonly name: string;
  /**
   * Opens the store and learns what it holds.
   *
   * @throws StartError
   */
  open(index: DedupeIndex): Promise<ServedStore>;
}

/** A store at work, and what the server shows of it. */
export interface ServedStore {
  readonly store: SnapshotStore;
  metricFamilies(): MetricFamily[];
  /** Why nothing can be stored at the moment, as far as the store knows by itself. */
  notReadyReasons(): string[];
  /** Takes over what can change while it is open; nothing where there is nothing of that kind. */
  reconfigure?(options: ServeOptions): void;
  /** Closes the store and gives its place back. */
  close(): Promise<void>;
}
