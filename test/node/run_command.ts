import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** What a run of the command left. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command of these sources, in a folder of its own, run as a process. */
export interface BuiltCommand {
  readonly folder: string;
  run(args: readonly string[], options?: { stdin?: Uint8Array; env?: Record<string, string> }): Promise<CommandResult>;
  /** As typed in a shell, with `tidewire` in it. */
  shell(line: string): Promise<CommandResult>;
  remove(): void;
}

/** Bundles the command as it is in the sources now. */
export async function buildCommand(): Promise<BuiltCommand> {
  const folder = mkdtempSync(join(tmpdir(), "tidewire-command-"));
  const cli = join(folder, "dist/node/cli.mjs");
  await build({
    entryPoints: [join(root, "src/node/cli.ts")],
    outfile: cli,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["systeminformation", "@bokuweb/zstd-wasm", "ws"],
    logLevel: "error",
  });
  writeFileSync(join(folder, "package.json"), readFileSync(join(root, "package.json")));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return {
    folder,
    run: (args, options = {}) => finish([process.execPath, cli, ...args], folder, options),
    shell: (line) => finish(["sh", "-c", line.replaceAll("tidewire", `'${process.execPath}' '${cli}'`)], folder, {}),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function finish(
  [program, ...args]: readonly string[],
  cwd: string,
  { stdin, env }: { stdin?: Uint8Array; env?: Record<string, string> },
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { cwd, env: { ...process.env, ...env } });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        output[name] += text;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...output }));
    // A command that has read enough closes its end.
    child.stdin.on("error", () => {});
    child.stdin.end(stdin);
  });
}
