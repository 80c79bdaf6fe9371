// Bundles test/soak/main.ts for plain Node and runs it: `npm run -s soak -- [--minutes N] [--agents N] [--rate N] [--json]`.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
// Inside the project, so that the packages that stay outside of the bundle are found.
const BUNDLE_DIR = `${ROOT}build/soak-bundle`;

await build({
  absWorkingDir: ROOT,
  entryPoints: ["test/soak/main.ts"],
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
const { status } = spawnSync(
  process.execPath,
  ["--enable-source-maps", `${BUNDLE_DIR}/main.mjs`, ...process.argv.slice(2)],
  { stdio: "inherit" },
);
process.exitCode = status ?? 1;
