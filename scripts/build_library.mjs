// Puts the library and the command into a folder of declarations: node scripts/build_library.mjs FOLDER
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Lines break here, so that a place in a stack trace says something. */
const LINE_COLUMNS = 120;

/**
 * Bundles the modules that package.json exports and the program of its `bin`, with the code that they share beside them. Names stay
 * whole; comments, blanks and what nobody imports do not: the package is a third of what the compiler writes, file by file.
 *
 * @param {string} folder where it goes; the declarations are there already
 */
async function buildLibrary(folder) {
  const { exports, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const targets = Object.values(exports).flatMap(leaves);
  const programs = [...targets.filter((path) => path.endsWith(".js")), ...Object.values(bin)];
  await build({
    absWorkingDir: root,
    entryPoints: programs.map((path) => path.replace(/^(\.\/)?dist\/(.*)\.js$/, "src/$2.ts")),
    outbase: "src",
    outdir: folder,
    // Two folders below package.json, as src/node is: src/node/package_version.ts looks for it there.
    chunkNames: "shared/[name]-[hash]",
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "neutral",
    target: "node20",
    format: "esm",
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: LINE_COLUMNS,
    logLevel: "warning",
  });
  copyFileSync(join(root, "src/core/tidewire.wasm"), join(folder, "core/tidewire.wasm"));
  const declarations = targets.filter((path) => path.endsWith(".d.ts"));
  dropUnreachable(
    folder,
    declarations.map((path) => path.replace(/^\.\/dist\//, "")),
  );
}

/** The paths of one entry of `exports`, whatever the conditions. */
function leaves(target) {
  return typeof target === "string" ? [target] : Object.values(target).flatMap(leaves);
}

/** Removes the declarations that none of these leads to. */
function dropUnreachable(folder, entries) {
  const reached = new Set();
  const waiting = entries.map((path) => join(folder, path));
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    if (!existsSync(path)) throw new Error(`no declarations at ${path}: it is imported by some, or exported`);
    reached.add(path);
    // Examples in comments import by names of their own.
    const text = readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    for (const [, specifier] of text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)\.[jt]s"/g)) {
      waiting.push(resolve(dirname(path), `${specifier}.d.ts`));
    }
  }
  for (const name of readdirSync(folder, { recursive: true })) {
    const path = join(folder, name);
    if (name.endsWith(".d.ts") && !reached.has(path)) rmSync(path);
  }
}

await buildLibrary(resolve(process.argv[2] ?? join(root, "dist")));
