import { join } from "node:path";
import type { AgentConfig } from "../agent/settings.ts";
import { Spool } from "../agent/spool.ts";
import type { Log } from "../ports/log.ts";
import { defaultStateDir } from "./agent_state.ts";
import type { CommandIo } from "./command.ts";
import { systemEntropy } from "./entropy.ts";
import { FolderDisk, makeFolder } from "./folder_disk.ts";
import { FolderLockedError, lockFolder } from "./process_lock.ts";

/** What turns the spool off. */
const OFF = "off";

/** A spool that this process has, and nobody else. */
export interface OpenSpool {
  readonly spool: Spool;
  /** Writes what waits and lets others have the folder. */
  close(): Promise<void>;
}

/** The folder of an agent's spool, or nothing when it has none. */
export function spoolFolderOf(
  config: Pick<AgentConfig, "spool" | "stateDir">,
  env: CommandIo["env"],
): string | undefined {
  if (config.spool === OFF) return undefined;
  return config.spool ?? join(config.stateDir ?? defaultStateDir(env), "spool");
}

/** Opens the spool of an agent. @throws Error that says what to do when the folder can't be used */
export async function openSpool(
  folder: string,
  config: AgentConfig,
  identity: { readonly agentId: string; readonly platform: number; readonly utcOffsetMs: number },
  log: Log,
): Promise<OpenSpool> {
  let lock: { release(): void } | undefined;
  try {
    await makeFolder(folder);
    lock = lockFolder(folder);
    const spool = await Spool.open({
      ...identity,
      disk: new FolderDisk(folder),
      entropy: systemEntropy,
      limits: {
        maxBytes: config.spoolBytes,
        maxAgeMs: config.spoolAgeMs,
        drop: config.spoolDrop,
        memoryBytes: config.outboxBytes,
      },
      onRecovery: ({ type, ...fields }) => log.write("warn", type, fields),
    });
    log.write("info", "spoolOpened", { folder, queued: spool.size, bytes: spool.fileBytes });
    const opened = lock;
    return {
      spool,
      async close(): Promise<void> {
        await spool.close();
        opened.release();
      },
    };
  } catch (error) {
    lock?.release();
    const isLocked = error instanceof FolderLockedError;
    const advice = isLocked
      ? "Stop that agent, or give this one a --spool of its own"
      : "Give another --spool, or --spool off";
    throw new Error(`can't keep snapshots in ${folder}: ${(error as Error).message}. ${advice}`);
  }
}
