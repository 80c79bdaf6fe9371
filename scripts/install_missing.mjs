// Brings node_modules in line with package-lock.json. Plain Node: this runs before anything is installed.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Says which package of the lockfile is not installed as locked, or nothing when all are.
 *
 * npm keeps what it installed in `node_modules/.package-lock.json`. Optional packages for another platform are locked
 * but rightly absent there.
 *
 * @param {string} root the project's folder
 * @returns {string | undefined}
 */
export function missingPackage(root) {
  const locked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  let installed;
  try {
    installed = JSON.parse(readFileSync(join(root, "node_modules/.package-lock.json"), "utf8")).packages;
  } catch {
    return "node_modules";
  }
  for (const [path, entry] of Object.entries(locked)) {
    if (path === "") continue;
    const present = installed[path];
    if (present === undefined ? entry.optional !== true : present.version !== entry.version) return path;
  }
  return undefined;
}

/**
 * The command that starts npm: the npm that runs us when there is one, else the one on the PATH.
 *
 * @param {string[]} args
 * @returns {{ command: string, args: string[] }}
 */
export function npmCommand(args) {
  const npmCli = process.env["npm_execpath"];
  return npmCli?.endsWith("npm-cli.js")
    ? { command: process.execPath, args: [npmCli, ...args] }
    : { command: process.platform === "win32" ? "npm.cmd" : "npm", args };
}

/**
 * Runs `npm ci` when something is missing. No package here needs its install script, so none is run.
 *
 * @param {string} root the project's folder
 * @param {(line: string) => void} say
 * @returns {Promise<void>} rejects when npm fails
 */
export async function installMissing(root, say) {
  const missing = missingPackage(root);
  if (missing === undefined) return;
  const startMs = Date.now();
  say(`installing packages (npm ci): ${missing} is not installed as locked`);
  const npm = npmCommand([
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--loglevel=error",
  ]);
  // npm's own progress bar shows on a terminal; a log gets a sign of life.
  const alive = setInterval(() => say(`  still installing (${Math.round((Date.now() - startMs) / 1000)} s)`), 20_000);
  try {
    await new Promise((resolve, reject) => {
      const child = spawn(npm.command, npm.args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
      child.on("error", reject);
      child.on("exit", (code) => (code === 0 ? resolve(undefined) : reject(new Error(`npm ci ended with ${code}`))));
    });
  } finally {
    clearInterval(alive);
  }
  say(`installed in ${((Date.now() - startMs) / 1000).toFixed(1)} s`);
}

/** Ends the process with a plain sentence when this Node is too old for the project. */
export function requireNode20() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= 20) return;
  console.error(`tidewire needs Node 20 or newer; this is Node ${process.versions.node}.`);
  process.exit(1);
}
