import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** A tick of `/proc/<pid>/stat`; 100 a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The server as it is run in production, with the same permissions. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(deno: string, dir: string, flags: readonly string[]): Promise<ServerProcess> {
    const permissions = ["--no-prompt", "--allow-net", `--allow-read=${dir}`, `--allow-write=${dir}`];
    const addresses = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    const args = ["run", ...permissions, "deno/serve.ts", "--dir", dir, ...addresses, "--log", "json", ...flags];
    const env = { ...process.env, DENO_NO_UPDATE_CHECK: "1" };
    const child = spawn(deno, args, { stdio: ["ignore", "pipe", "inherit"], env });
    for await (const line of createInterface({ input: child.stdout! })) {
      const event = JSON.parse(line) as { event: string; address?: string };
      if (event.event !== "listening") continue;
      child.stdout!.resume();
      return new ServerProcess(child, Number(event.address!.split(":").at(-1)));
    }
    throw new Error("the server ended before it listened");
  }

  /** Processor time so far, in seconds. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  /** Resident memory, in bytes. */
  rssBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "latin1");
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]) * 1_024;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await ended;
  }
}
