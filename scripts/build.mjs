// Builds dist/ from src/ and web/: node scripts/build.mjs
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
/** More processes than this do not build at once. */
const MAX_MOVES = 8;
const stamp = join(root, "dist/.built");

function newestMs(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  // A folder's own time tells of files that were removed.
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

/** @returns {boolean} whether dist/ is newer than all that it is made of */
export function isBuilt() {
  if (!existsSync(stamp)) return false;
  const builtMs = statSync(stamp).mtimeMs;
  const settings = ["tsconfig.json", "tsconfig.build.json", "package.json", "package-lock.json"];
  const sources = ["src", "web", "scripts/build_inspector.mjs", "scripts/build_library.mjs", ...settings];
  return sources.every((source) => newestMs(join(root, source)) < builtMs);
}

/** Diagnostics go to stderr: a command that builds on its way keeps stdout for its answer. */
function runNode(args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", 2, 2] }).status === 0;
}

/** Puts dist/ in the place of the one before. Another process may do the same at the same time: the last one stays. */
function moveIn(made) {
  const dist = join(root, "dist");
  for (let attempt = 1; ; attempt++) {
    try {
      rmSync(dist, { recursive: true, force: true });
      return renameSync(made, dist);
    } catch (error) {
      if (attempt === MAX_MOVES || !["ENOTEMPTY", "EEXIST"].includes(error.code)) throw error;
    }
  }
}

/**
 * Builds dist/ when it is older than its sources.
 *
 * @throws {Error} when the compiler or the bundler finds errors; they are on stderr then
 */
export function build() {
  if (isBuilt()) return;
  // Made aside and moved in whole: what runs dist/ never meets half of it.
  mkdirSync(join(root, "build"), { recursive: true });
  const made = mkdtempSync(join(root, "build/dist-"));
  try {
    const args = [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json", "--outDir", made];
    if (!runNode(args)) throw new Error("src/ does not compile: dist/ was not built");
    if (!runNode(["scripts/build_library.mjs", made])) throw new Error("src/ can't be bundled: dist/ was not built");
    if (!runNode(["scripts/build_inspector.mjs", made])) throw new Error("web/ can't be bundled: dist/ was not built");
    writeFileSync(join(made, ".built"), "");
    moveIn(made);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    build();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
