import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { build } from "esbuild";
import { onTestFinished } from "vitest";
import { root } from "../e2e/places.ts";
import type { LoadOptions } from "./load_agents.ts";

/** Bundles what a load process runs; gives its path. */
export async function buildLoad(folder: string): Promise<string> {
  const outfile = join(folder, "load_agents.mjs");
  const common = { bundle: true, platform: "node", format: "esm", packages: "external" } as const;
  await build({ ...common, absWorkingDir: root, entryPoints: ["test/crash/load_agents.ts"], outfile });
  return outfile;
}

/** What all agents together have promised, over all their lives. */
export class Promises {
  /** Ids that were durable on the agent's machine, in the order in which that was said. */
  readonly spooled: string[] = [];
  /** Ids that the server said are stored. */
  readonly stored: Set<string> = new Set();
  readonly dropped: string[] = [];
  readonly refused: string[] = [];
  /** What a start found torn or damaged. */
  readonly torn: string[] = [];
  readonly failures: string[] = [];
}

/** A process of many agents; its last line may be cut by the kill, and then promises nothing. */
export class LoadProcess {
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(script: string, options: LoadOptions, promises: Promises) {
    const env = { ...process.env, UV_THREADPOOL_SIZE: "16" };
    const stdio = ["ignore", "pipe", "inherit"] as const;
    this.#child = spawn(process.execPath, [script, JSON.stringify(options)], { env, stdio: [...stdio] });
    let rest = "";
    this.#child.stdout!.setEncoding("latin1").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) take(line, promises);
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("close", (code) => resolve(code));
    });
    onTestFinished(() => this.end("SIGKILL").then(() => {}));
  }

  end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode === null) this.#child.kill(signal);
    return this.ended;
  }
}

function take(line: string, promises: Promises): void {
  const text = line.slice(2);
  if (line.startsWith("W")) promises.spooled.push(text);
  else if (line.startsWith("S")) promises.stored.add(text);
  else if (line.startsWith("D")) promises.dropped.push(text);
  else if (line.startsWith("R")) promises.refused.push(text);
  else if (line.startsWith("T")) promises.torn.push(text);
  else promises.failures.push(text);
}
