import { AgentLife } from "./agent_life.ts";
import type { SimAgentOptions } from "./agent_options.ts";
import type { Link } from "./link.ts";
import type { DiskMood } from "./virtual_disk.ts";
import type { VirtualFolder } from "./virtual_folder.ts";

/** Started again after this when it has ended by itself. */
const RESTART_MS = 1_000;
/** An agent that only sends what it has. */
const NEVER_MS = 1e12;

/** An agent's machine: its process may crash, and is started again. */
export class SimAgent {
  readonly options: SimAgentOptions;
  #lives = 0;
  #life: AgentLife | undefined;
  #intervalMs: number;
  #isUp = false;

  constructor(options: SimAgentOptions) {
    this.options = options;
    this.#intervalMs = options.intervalMs;
  }

  get link(): Link | undefined {
    return this.#life?.link;
  }

  /** Snapshots whose end is not known, whether it runs or not. */
  get unsettled(): number {
    return this.options.accounts.unsettled;
  }

  /** It is at work, and has sent everything. */
  get hasSentAll(): boolean {
    return this.#life?.isAtWork === true && this.unsettled === 0;
  }

  get isRunning(): boolean {
    return this.#life !== undefined && !this.#life.isOver;
  }

  /** The disk that its spool is on, if it has one. */
  get disk(): { readonly folder: VirtualFolder; readonly mood: DiskMood } | undefined {
    return this.options.spool;
  }

  start(): void {
    if (this.isRunning) return;
    const life = new AgentLife(this.options, ++this.#lives, this.#intervalMs, () => {
      // One that has finished stays down; one that could not begin, or is to be up, does not.
      if (this.#isUp || !life.isStopping) this.options.env.scheduler.after(RESTART_MS, () => this.start());
    });
    this.#life = life;
  }

  /** @param losesPower its machine goes down with it */
  crash(losesPower: boolean, withHoles: boolean): void {
    if (!this.isRunning) return;
    this.options.env.note(this.options.name, () => (losesPower ? "its machine goes down" : "is killed"));
    this.#life!.crash(losesPower, withHoles);
  }

  /** @param forces whether one that drains already ends at once */
  stop(forces: boolean): void {
    if (this.isRunning && (forces || !this.#life!.isStopping)) this.#life!.stop();
  }

  pause(forMs: number): void {
    if (this.isRunning) this.#life!.pause(forMs);
  }

  /** From here on it is up and sends what it has, and samples no more. */
  sendRest(): void {
    this.#isUp = true;
    this.#intervalMs = NEVER_MS;
    this.start();
    const life = this.#life!;
    life.setInterval(NEVER_MS);
    if (!life.hasUnread) return;
    life.stop();
    life.stop();
  }

  /** It has sent the rest: it is stopped, and stays so. */
  dismiss(): void {
    this.#isUp = false;
    this.stop(false);
  }
}
