import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { findDeno } from "../../../scripts/find_deno.mjs";

/** Scratch of the benches: what is compiled or fetched for them. */
const SCRATCH = `${process.cwd()}/build/bench`;
const SIDE = `${SCRATCH}/zmtp_side.mjs`;
const BUN_DIR = `${SCRATCH}/bun`;
const BUN = `${BUN_DIR}/node_modules/bun/bin/bun.exe`;
const NATIVE_SOURCE = "test/bench/zmtp/native_side.c";
const NATIVE = `${SCRATCH}/native_side`;

/** How a runtime runs a side; the task follows. */
export type Runtime = readonly string[];

export const NODE: Runtime = [process.execPath, SIDE];

export function denoRuntime(): Runtime {
  return [findDeno().path, "run", "--no-prompt", "--quiet", "--allow-all", SIDE];
}

/** Bun, by its npm package, or why it can't be had. Its name ends in `.exe` everywhere. */
export function bunRuntime(): Runtime | string {
  if (!existsSync(BUN)) {
    mkdirSync(BUN_DIR, { recursive: true });
    // Its binary comes by a script, which npm runs only for who is named here.
    writeFileSync(`${BUN_DIR}/package.json`, '{ "allowScripts": { "bun": true } }');
    const args = ["install", "bun", "--no-audit", "--no-fund"];
    const { status, stderr } = spawnSync("npm", args, { cwd: BUN_DIR, encoding: "utf8", timeout: 180_000 });
    if (status !== 0) return `npm could not install bun: ${stderr.trim().split("\n").at(-1)}`;
  }
  const { status, stdout } = spawnSync(BUN, ["--version"], { encoding: "utf8" });
  return status === 0 ? [BUN, "run", SIDE] : `bun does not run: ${stdout}`;
}

/** The program on libzmq itself, or why there is none. */
export function nativeProgram(): { readonly path: string } | string {
  mkdirSync(SCRATCH, { recursive: true });
  const args = ["-O2", "-o", NATIVE, NATIVE_SOURCE, "-l:libzmq.so.5"];
  const { status, stderr, error } = spawnSync("gcc", args, { encoding: "utf8" });
  return status === 0
    ? { path: NATIVE }
    : `no program on libzmq: ${error?.message ?? stderr.trim().split("\n").at(-1)}`;
}

/** The same command with its process held to one core, or as it is where that can't be done. */
export function pinned(command: readonly string[]): readonly string[] {
  const canPin = spawnSync("taskset", ["--version"]).status === 0;
  return canPin ? ["taskset", "-c", "0", ...command] : command;
}
