import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** A tick of `/proc/<pid>/stat`; 100 a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The server as it is run in production, with the same permissions. */
export class ServerProcess {
  readonly port: number;
  readonly httpPort: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number, httpPort: number) {
    this.#child = child;
    this.port = port;
    this.httpPort = httpPort;
  }

  static async start(deno: string, dir: string, flags: readonly string[]): Promise<ServerProcess> {
    const permissions = ["--no-prompt", "--allow-net", `--allow-read=${dir}`, `--allow-write=${dir}`];
    const addresses = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    const args = ["run", ...permissions, "deno/serve.ts", "--dir", dir, ...addresses, "--log", "json", ...flags];
    const env = { ...process.env, DENO_NO_UPDATE_CHECK: "1" };
    const child = spawn(deno, args, { stdio: ["ignore", "pipe", "inherit"], env });
    for await (const line of createInterface({ input: child.stdout! })) {
      const event = JSON.parse(line) as { event: string; address?: string; http?: string };
      if (event.event !== "listening") continue;
      child.stdout!.resume();
      return new ServerProcess(child, portOf(event.address!), portOf(event.http!));
    }
    throw new Error("the server ended before it listened");
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** A counter or gauge without labels, as `/metrics` has it now. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.httpPort}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
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

function portOf(address: string): number {
  return Number(address.split(":").at(-1));
}
