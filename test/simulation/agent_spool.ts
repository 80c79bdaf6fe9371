import { Spool } from "../../src/agent/spool.ts";
import { type SpoolLimits, WINDOW_BYTES } from "../../src/agent/spool_options.ts";
import type { StoreDisk } from "../../src/ports/store_disk.ts";
import { PLATFORM_LINUX } from "../../src/protocols/snapshot/mod.ts";
import type { Env } from "./env.ts";
import type { Prng } from "./prng.ts";
import type { SpoolAudit } from "./spool_audit.ts";
import { type DiskMood, VirtualDisk } from "./virtual_disk.ts";
import type { VirtualFolder } from "./virtual_folder.ts";

/** The largest snapshot of any fleet, above what a window takes. */
const LARGEST_BYTES = 65_536;

/** The folder of an agent's spool, which outlives its processes. */
export interface SpoolPlace {
  readonly folder: VirtualFolder;
  readonly mood: DiskMood;
  readonly limits: SpoolLimits;
  readonly audit: SpoolAudit;
  readonly wrapDisk: (disk: StoreDisk) => StoreDisk;
}

/** The real spool of one life of an agent, on its virtual disk. */
export class AgentSpool {
  readonly spool: Spool;
  /** Something in its files is no whole record. */
  readonly isDamaged: boolean;
  readonly #place: SpoolPlace;
  readonly #env: Env;

  private constructor(spool: Spool, isDamaged: boolean, place: SpoolPlace, env: Env) {
    this.spool = spool;
    this.isDamaged = isDamaged;
    this.#place = place;
    this.#env = env;
  }

  static async open(
    env: Env,
    place: SpoolPlace,
    disk: VirtualDisk,
    identity: { readonly agentId: string; readonly entropy: Prng; readonly utcOffsetMs: number },
  ): Promise<AgentSpool> {
    let isDamaged = false;
    const spool = await Spool.open({
      ...identity,
      disk: place.wrapDisk(disk),
      platform: PLATFORM_LINUX,
      limits: place.limits,
      onRecovery: ({ type }) => {
        env.counts.add(type);
        isDamaged ||= type === "spoolDamaged";
      },
    });
    return new AgentSpool(spool, isDamaged, place, env);
  }

  static diskOf(env: Env, { folder, mood, audit }: SpoolPlace, random: Prng): VirtualDisk {
    return new VirtualDisk({ env, folder, mood, audit, random });
  }

  /** @throws nothing: what is over its bound is a violation */
  check(label: string): void {
    const { env, spool, audit, limits } = { env: this.#env, spool: this.spool, ...this.#place };
    env.counts.max("max spool memory bytes", spool.heldBytes);
    env.counts.max("max spool bytes", audit.usedBytes);
    if (spool.heldBytes > WINDOW_BYTES + LARGEST_BYTES + limits.memoryBytes) {
      env.violate("every buffer is within its limit", `${label} has ${spool.heldBytes} bytes of its spool in memory`);
    }
    if (audit.usedBytes > audit.maxBytes) {
      const used = `${label} has ${audit.usedBytes} bytes in its spool, of ${limits.maxBytes}`;
      env.violate("every buffer is within its limit", used);
    }
  }
}
