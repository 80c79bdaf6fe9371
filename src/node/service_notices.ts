import { spawn } from "node:child_process";
import type { Log } from "../ports/log.ts";
import type { CommandIo } from "./command.ts";

/** A notice that takes longer is given up: the manager is not worth waiting for. */
const NOTICE_TIMEOUT_MS = 5_000;

/**
 * What systemd is told of the agent's life (sd_notify(3)): nothing where systemd did not start it.
 *
 * The socket is of datagrams, which Node can't open; `systemd-notify` comes with systemd and waits until the notice was
 * taken. Its notices come from another process, so the unit needs `NotifyAccess=all`.
 */
export class ServiceNotices {
  readonly #isWanted: boolean;
  readonly #watchdogMs: number | undefined;
  readonly #log: Log;
  /** One after another: READY behind RELOADING says that the reload is over. */
  #last: Promise<void> = Promise.resolve();
  #watchdog: NodeJS.Timeout | undefined;
  #hasFailed = false;

  constructor(env: CommandIo["env"], log: Log) {
    this.#isWanted = (env["NOTIFY_SOCKET"] ?? "") !== "";
    const isMine = env["WATCHDOG_PID"] === undefined || env["WATCHDOG_PID"] === String(process.pid);
    const watchdogUs = Number(env["WATCHDOG_USEC"]);
    // Half of it, as sd_watchdog_enabled(3) advises.
    this.#watchdogMs = isMine && watchdogUs > 0 ? watchdogUs / 2_000 : undefined;
    this.#log = log;
  }

  /** It works; from here on it says so before the watchdog asks. */
  ready(status: string): void {
    void this.#tell("READY=1", `STATUS=${status}`);
    if (this.#watchdogMs === undefined || !this.#isWanted || this.#watchdog !== undefined) return;
    this.#watchdog = setInterval(() => void this.#tell("WATCHDOG=1"), this.#watchdogMs);
    this.#watchdog.unref();
  }

  /** It reads its configuration anew; `ready` follows. */
  reloading(): void {
    // What systemd compares it with is its own monotonic clock, in microseconds: Node's counts from there too.
    void this.#tell("RELOADING=1", `MONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`);
  }

  /** It drains. Resolves when that is said. */
  stopping(): Promise<void> {
    clearInterval(this.#watchdog);
    return this.#tell("STOPPING=1");
  }

  #tell(...notices: readonly string[]): Promise<void> {
    if (!this.#isWanted) return Promise.resolve();
    this.#last = this.#last.then(() => this.#send(notices));
    return this.#last;
  }

  #send(notices: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      const child = spawn("systemd-notify", notices, { stdio: "ignore", timeout: NOTICE_TIMEOUT_MS });
      const failed = (reason: string): void => {
        if (!this.#hasFailed) this.#log.write("warn", "notifyFailed", { notice: notices[0]!, reason });
        this.#hasFailed = true;
        resolve();
      };
      child.on("error", (error) => failed(error.message));
      child.on("exit", (code, signal) =>
        code === 0 ? resolve() : failed(`systemd-notify ended with ${signal ?? code}`),
      );
    });
  }
}
