import type { Log } from "../src/ports/mod.ts";

/** A notice that takes longer is given up: the manager is not worth waiting for. */
const NOTICE_TIMEOUT_MS = 5_000;

/**
 * What systemd is told of the server's life (sd_notify(3)): nothing where systemd did not start it, or where the server
 * may not look (`--allow-env=NOTIFY_SOCKET,WATCHDOG_USEC`) or speak (`--allow-run=systemd-notify`).
 *
 * Deno opens sockets of datagrams only as an unstable feature; `systemd-notify` comes with systemd and waits until the notice
 * was taken. Its notices come from another process, so the unit needs `NotifyAccess=all`.
 */
export class ServiceNotices {
  readonly #isWanted: boolean;
  readonly #watchdogMs: number | undefined;
  readonly #log: Log;
  /** One after another: READY behind RELOADING says that the reload is over. */
  #last: Promise<void> = Promise.resolve();
  #watchdog: ReturnType<typeof setInterval> | undefined;
  #hasFailed = false;

  constructor(log: Log) {
    this.#log = log;
    this.#isWanted = (variable("NOTIFY_SOCKET") ?? "") !== "";
    const watchdogUs = Number(variable("WATCHDOG_USEC"));
    // Half of it, as sd_watchdog_enabled(3) advises.
    this.#watchdogMs = watchdogUs > 0 ? watchdogUs / 2_000 : undefined;
  }

  /** It works; from here on it says so before the watchdog asks. */
  ready(status: string): void {
    this.#tell("READY=1", `STATUS=${status}`);
    if (this.#watchdogMs === undefined || !this.#isWanted || this.#watchdog !== undefined) return;
    this.#watchdog = setInterval(() => this.#tell("WATCHDOG=1"), this.#watchdogMs);
    Deno.unrefTimer(this.#watchdog);
  }

  /** It reads its configuration anew; `ready` follows. */
  reloading(): void {
    this.#tell("RELOADING=1");
  }

  /** It drains. */
  stopping(): void {
    clearInterval(this.#watchdog);
    this.#tell("STOPPING=1");
  }

  #tell(...notices: readonly string[]): void {
    if (this.#isWanted) this.#last = this.#last.then(() => this.#send(notices));
  }

  async #send(notices: readonly string[]): Promise<void> {
    try {
      const signal = AbortSignal.timeout(NOTICE_TIMEOUT_MS);
      const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
      const { success, code } = await new Deno.Command("systemd-notify", {
        args: [...notices],
        ...quiet,
        signal,
      }).output();
      if (!success) throw new Error(`systemd-notify ended with ${code}`);
    } catch (error) {
      if (!this.#hasFailed) this.#log.write("warn", "notifyFailed", { notice: notices[0]!, reason: String(error) });
      this.#hasFailed = true;
    }
  }
}

/** Nothing where it may not be read: to ask would be an error. */
function variable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}
