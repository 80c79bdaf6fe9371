/** The command as a real process: its sources are bundled to a folder of its own, so `dist/` is not needed. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The project's folder. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** How one run ended. */
export interface Ending {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** One run under way. */
export interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
  /** Resolves when standard error holds the text; rejects when the run ends without it. */
  said(text: string): Promise<void>;
}

/** The built command, in a temporary folder. */
export class CliProcess {
  readonly folder: string = mkdtempSync(join(tmpdir(), "cli-"));
  readonly #children: ChildProcess[] = [];

  async build(): Promise<void> {
    copyFileSync(join(ROOT, "package.json"), join(this.folder, "package.json"));
    symlinkSync(join(ROOT, "node_modules"), join(this.folder, "node_modules"));
    await build({
      absWorkingDir: ROOT,
      entryPoints: ["src/node/cli.ts"],
      outdir: join(this.folder, "dist/node"),
      bundle: true,
      splitting: true,
      chunkNames: "[name]-[hash]",
      packages: "external",
      platform: "node",
      format: "esm",
    });
  }

  start(...args: string[]): Run {
    const child = spawn(process.execPath, [join(this.folder, "dist/node/cli.js"), ...args], {
      env: { ...process.env, XDG_STATE_HOME: join(this.folder, "state"), NO_COLOR: "" },
    });
    this.#children.push(child);
    const text = { out: "", err: "" };
    child.stdout.on("data", (chunk) => {
      text.out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      text.err += chunk;
    });
    const ended = new Promise<Ending>((resolve) => {
      child.on("close", (code) => resolve({ code, ...text }));
    });
    const said = (wanted: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (text.err.includes(wanted)) resolve();
        };
        child.stderr.on("data", look);
        child.on("close", () => reject(new Error(`ended without saying ${wanted}: ${text.err}`)));
        look();
      });
    return { child, ended, said };
  }

  run(...args: string[]): Promise<Ending> {
    return this.start(...args).ended;
  }

  /** Ends what still runs. */
  killAll(): void {
    for (const child of this.#children.splice(0)) child.kill("SIGKILL");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
