// Prints the state diagrams of docs/snapshot-protocol.md from the tables in the code: `npm run build:docs`.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = `${ROOT}build/docs/diagrams.mjs`;
const PAGE = `${ROOT}docs/snapshot-protocol.md`;

await build({
  absWorkingDir: ROOT,
  entryPoints: ["test/architecture/diagrams.ts"],
  outfile: OUT,
  bundle: true,
  platform: "node",
  format: "esm",
  logLevel: "warning",
});
const { withDiagrams } = await import(OUT);
await writeFile(PAGE, withDiagrams(await readFile(PAGE, "utf8")));
