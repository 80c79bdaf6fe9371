import { type DedupeIndex, gauge } from "../src/ingest/mod.ts";
import type { Clock, Log } from "../src/ports/mod.ts";
import { FileStore, type FileStoreLimits } from "./file_store.ts";
import { FolderDisk, lockFolder, makeFolder } from "./folder_disk.ts";
import { logEvent } from "./log_events.ts";
import type { ServeOptions } from "./serve_options.ts";
import { messageOf, StartError } from "./start_error.ts";
import type { ServedStore, StorePlace } from "./store_place.ts";
import { zstdCompressor } from "./zstd.ts";

/** How often files are looked at for their age. */
const RETENTION_CHECK_MS = 60_000;

/**
 * Takes the folder of a {@linkcode FileStore} for this server.
 *
 * @throws StartError when another server has it, or it can't be used
 */
export async function takeFolder(options: ServeOptions, clock: Clock, log: Log): Promise<StorePlace> {
  const { dir } = options;
  let lock: Disposable | undefined;
  try {
    await makeFolder(dir);
    lock = await lockFolder(dir);
  } catch (error) {
    throw unusable(dir, error);
  }
  if (lock === undefined) {
    const message = `another server stores into ${dir}; stop it, or give this one a folder of its own with --dir`;
    throw new StartError("server/store-in-use", message);
  }
  const taken = lock;
  return { name: dir, open: (index) => openFolder(options, clock, log, index, taken) };
}

async function openFolder(
  options: ServeOptions,
  clock: Clock,
  log: Log,
  index: DedupeIndex,
  lock: Disposable,
): Promise<ServedStore> {
  const { dir } = options;
  const startedMs = clock.monotonicMs();
  let store: FileStore;
  let snapshots = 0;
  try {
    store = await FileStore.open({
      disk: new FolderDisk(dir),
      clock,
      compressor: zstdCompressor(),
      limits: limitsOf(options),
      onEvent: (event) => logEvent(log, event),
    });
    for await (const { agentId, snapshotId } of store.storedIds()) {
      index.remember(agentId, snapshotId);
      snapshots++;
    }
  } catch (error) {
    throw unusable(dir, error);
  }
  log.write("info", "recovered", {
    snapshots,
    agents: index.size,
    files: store.fileCount,
    bytes: store.totalBytes,
    elapsedMs: Math.round(clock.monotonicMs() - startedMs),
  });
  const retentionTimer = setInterval(() => store.applyRetention(), RETENTION_CHECK_MS);
  return {
    store,
    metricFamilies: () => [
      gauge("tidewire_store_files", "Files of the store.", store.fileCount),
      gauge("tidewire_store_bytes", "Bytes of all files of the store.", store.totalBytes),
    ],
    notReadyReasons: () => [],
    reconfigure: (changed) => store.setLimits(limitsOf(changed)),
    async close(): Promise<void> {
      clearInterval(retentionTimer);
      await store.close();
      lock[Symbol.dispose]();
    },
  };
}

function limitsOf({ rotateBytes, rotateAge, retainBytes, retainAge }: ServeOptions): FileStoreLimits {
  return { rotateBytes, rotateAgeMs: rotateAge, retainBytes, retainAgeMs: retainAge };
}

function unusable(dir: string, error: unknown): StartError {
  const hint = `check that ${dir} can be written, and that --allow-read and --allow-write name it`;
  return new StartError("server/store-unusable", `can't use ${dir}: ${messageOf(error)}; ${hint}`);
}
