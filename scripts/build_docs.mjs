// Prints the state diagrams of the docs from the tables in the code: `npm run build:docs`.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = `${ROOT}build/docs/diagrams.mjs`;
const PAGES = ["snapshot-protocol.md", "zmtp.md"].map((name) => `${ROOT}docs/${name}`);

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
for (const page of PAGES) await writeFile(page, withDiagrams(await readFile(page, "utf8")));
