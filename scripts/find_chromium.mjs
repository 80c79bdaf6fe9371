// Finds a Chromium for the browser tests: the one packed in @sparticuz/chromium, else one on the PATH.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const cacheFolder = fileURLToPath(new URL("../node_modules/.cache/tidewire/", import.meta.url));
const plainFlags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];

/**
 * Unpacks the packaged Chromium once. The package writes to the temporary folder and takes any file it finds there for
 * a whole one, so it gets a folder of its own, which takes its place by renaming only when it is complete.
 */
async function unpackChromium(packaged, inflate, packageFolder, version, say) {
  const place = join(cacheFolder, `chromium-${version}`);
  if (existsSync(place)) return place;
  const startMs = Date.now();
  say(`unpacking Chromium ${version} (once)`);
  mkdirSync(cacheFolder, { recursive: true });
  const staging = mkdtempSync(join(cacheFolder, "unpacking-"));
  const temporary = process.env["TMPDIR"];
  process.env["TMPDIR"] = staging;
  try {
    await packaged.executablePath();
    await inflate(join(packageFolder, "bin/al2023.tar.br"));
    renameSync(staging, place);
  } catch (error) {
    // Another run may have been first; its copy is as good.
    if (!existsSync(place)) throw error;
  } finally {
    rmSync(staging, { recursive: true, force: true });
    if (temporary === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = temporary;
  }
  say(`unpacked in ${((Date.now() - startMs) / 1000).toFixed(1)} s`);
  return place;
}

/** NSS and its kin come with the package: they serve where the system has none, and only there. */
function libraryEnvironment(place) {
  const alone = spawnSync(join(place, "chromium"), ["--version"], { stdio: "ignore", timeout: 30_000 });
  return alone.status === 0 ? process.env : { ...process.env, LD_LIBRARY_PATH: join(place, "al2023/lib") };
}

/**
 * Finds Chromium and the flags it wants.
 *
 * @param {(line: string) => void} say
 * @returns {Promise<{ executablePath: string, args: string[], env: NodeJS.ProcessEnv }>}
 * @throws {Error} when there is none, saying what to do
 */
export async function findChromium(say) {
  if (process.platform === "linux" && process.arch === "x64") {
    const { default: packaged, inflate } = await import("@sparticuz/chromium");
    const packageFolder = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "../..");
    const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
    const place = await unpackChromium(packaged, inflate, packageFolder, version, say);
    // One process for all ends with its first window, and what it measures is not what people have.
    const args = packaged.args.filter((flag) => flag !== "--single-process");
    return { executablePath: join(place, "chromium"), args, env: libraryEnvironment(place) };
  }
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
      const executablePath = join(folder, name);
      if (existsSync(executablePath)) return { executablePath, args: plainFlags, env: process.env };
    }
  }
  throw new Error("no Chromium: the packaged one is for x64 Linux; put chromium or google-chrome on the PATH");
}
