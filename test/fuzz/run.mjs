// Bundles test/fuzz/main.ts for plain Node and runs it: `npm run -s fuzz -- --seed S --count N`.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));
// Inside the project, so that the packages that stay outside of the bundle are found.
const outfile = `${root}build/fuzz/main.mjs`;

await build({
  absWorkingDir: root,
  entryPoints: ["test/fuzz/main.ts"],
  outfile,
  bundle: true,
  packages: "external",
  platform: "node",
  target: "node20",
  format: "esm",
  logLevel: "warning",
});
const { status } = spawnSync(process.execPath, ["--enable-source-maps", outfile, ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
