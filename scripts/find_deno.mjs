// Finds a Deno that can run the server: the npm package's binary, else a suitable one on the PATH.
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const executable = process.platform === "win32" ? "deno.exe" : "deno";

/**
 * The binary of the npm package, taken from its platform package: the launcher `node_modules/.bin/deno` would copy 90 MB
 * on first use and put a Node process in front of every run.
 */
function denoFromPackages() {
  const require = createRequire(import.meta.url);
  const platform = process.platform === "linux" ? `linux-${process.arch}-glibc` : `${process.platform}-${process.arch}`;
  try {
    return join(dirname(require.resolve(`@deno/${platform}/package.json`)), executable);
  } catch {
    return undefined;
  }
}

function denosOnPath() {
  return (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, executable));
}

/** What this Deno says of itself when it has what the server needs, or nothing. */
function suitableVersion(path) {
  // Suitable is what has zstd in node:zlib; the version at which that came is not the thing to ask for.
  const probe = "import * as zlib from 'node:zlib'; console.log(typeof zlib.zstdCompressSync, Deno.version.deno)";
  try {
    const said = execFileSync(path, ["eval", "--no-lock", probe], {
      encoding: "utf8",
      env: { ...denoEnvironment(), NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 30_000,
    });
    const [kind, version] = said.trim().split(" ");
    return kind === "function" ? version : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The environment to run Deno in: its cache stays in the project, and it asks no one for updates.
 *
 * @returns {NodeJS.ProcessEnv}
 */
export function denoEnvironment() {
  const cache = fileURLToPath(new URL("../node_modules/.cache/tidewire/deno", import.meta.url));
  return { ...process.env, DENO_DIR: cache, DENO_NO_UPDATE_CHECK: "1", DENO_NO_PROMPT: "1" };
}

let found;

/**
 * Finds Deno once a process.
 *
 * @returns {{ path: string, version: string }}
 * @throws {Error} when there is none, saying what to do
 */
export function findDeno() {
  if (found !== undefined) return found;
  for (const path of [denoFromPackages(), ...denosOnPath()]) {
    if (path === undefined || !existsSync(path)) continue;
    try {
      accessSync(path, constants.X_OK);
    } catch {
      continue;
    }
    const version = suitableVersion(path);
    if (version === undefined) continue;
    found = { path, version };
    return found;
  }
  throw new Error("no suitable Deno: run npm ci, or put a Deno that has zstd in node:zlib on the PATH");
}
