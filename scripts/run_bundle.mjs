import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Bundles programs for plain Node and runs the first one, `main`, in a process of its own, with the arguments of this one.
 *
 * @param {string[]} entryPoints
 * @param {string} folder under build/, inside the project: the packages that stay outside of the bundle are found from there
 * @param {string[]} nodeFlags
 */
export async function runBundle(entryPoints, folder, nodeFlags = []) {
  const outdir = `${root}build/${folder}`;
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "warning",
  });
  const args = [...nodeFlags, `${outdir}/main.mjs`, ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1;
}
