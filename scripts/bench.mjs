// Bundles test/bench/main.ts for plain Node and runs it in a process of its own: `npm run -s bench -- NAME [--json]`.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
// Inside the project, so that the packages that stay outside of the bundle are found.
const BUNDLE_DIR = `${ROOT}build/bench`;

await build({
  absWorkingDir: ROOT,
  entryPoints: ["test/bench/main.ts"],
  outdir: BUNDLE_DIR,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  packages: "external",
  platform: "node",
  target: "node20",
  format: "esm",
  logLevel: "warning",
});
const { status } = spawnSync(process.execPath, [`${BUNDLE_DIR}/main.mjs`, ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
