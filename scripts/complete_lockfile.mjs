// Adds the packages of other platforms to package-lock.json: node scripts/complete_lockfile.mjs
//
// npm leaves them out where the registry in reach does not hold them, and `npm ci` stops at the gap. What is added has a
// version and a platform, which is all npm needs to pass over it here and to find it there.
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const systems = ["android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "win32"];
const processors = ["arm64", "x64", "arm", "ia32", "riscv64", "s390x", "ppc64", "loong64", "wasm32"];

/** The lock's entry of a platform's package, read from its name, as in `@biomejs/cli-linux-x64-musl`. */
function entryOf(name, range) {
  const words = name.split(/[-/]/);
  const os = systems.filter((system) => words.includes(system));
  const libc = words.includes("musl")
    ? ["musl"]
    : words.some((word) => /^(gnu|glibc|gnueabihf)$/.test(word))
      ? ["glibc"]
      : [];
  return {
    version: range.replace(/^[\^~]/, ""),
    cpu: processors.filter((processor) => words.includes(processor)),
    dev: true,
    ...(libc.length > 0 ? { libc } : {}),
    optional: true,
    ...(os.length > 0 ? { os } : {}),
  };
}

const added = {};
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const places = [`node_modules/${name}`, `${path}/node_modules/${name}`];
    if (places.some((place) => lock.packages[place] !== undefined)) continue;
    added[places[0]] = entryOf(name, range);
    console.log(`added ${name} ${range}`);
  }
}
const { "": self, ...rest } = { ...lock.packages, ...added };
const sorted = Object.entries(rest).sort(([left], [right]) => left.localeCompare(right, "en"));
lock.packages = { "": self, ...Object.fromEntries(sorted) };
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
