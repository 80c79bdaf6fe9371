// Runs the conformance suite in Chromium: node test/browser/run.mjs [--json FILE]
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { findChromium } from "../../scripts/find_chromium.mjs";
import { servePage } from "./serve_page.mjs";
import { serveZmtp } from "./zmtp_servers.mjs";

/** A page that says nothing for this long hangs: the slowest case takes a few seconds. */
const silenceTimeoutMs = 120_000;

const root = fileURLToPath(new URL("../../", import.meta.url));

async function bundle() {
  const result = await build({
    absWorkingDir: root,
    entryPoints: ["test/browser/page/conformance.ts"],
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    sourcemap: "inline",
    write: false,
  });
  return result.outputFiles[0].contents;
}

/** Opens the page and gathers what it reports until it is done, fails or falls silent. */
async function runPage(browser, url) {
  const results = [];
  const page = await browser.newPage();
  await new Promise((resolve, reject) => {
    let timer;
    const heard = () => {
      clearTimeout(timer);
      const last = results.at(-1)?.name ?? "the start";
      const silent = () => reject(new Error(`the page fell silent for ${silenceTimeoutMs / 1000} s after: ${last}`));
      timer = setTimeout(silent, silenceTimeoutMs);
    };
    const failed = (error) => {
      clearTimeout(timer);
      reject(error);
    };
    heard();
    page.on("pageerror", failed);
    page.on("crash", () => failed(new Error("the page crashed")));
    page.on("console", (message) => console.log(`page: ${message.text()}`));
    const report = (result) => {
      results.push(result);
      console.log(`${result.failure === undefined ? "ok    " : "FAILED"} ${result.name} (${Math.round(result.ms)} ms)`);
      if (result.failure !== undefined) console.log(result.failure.replace(/^/gm, "    "));
      heard();
    };
    const done = () => {
      clearTimeout(timer);
      resolve(undefined);
    };
    Promise.all([page.exposeFunction("report", report), page.exposeFunction("done", done)])
      .then(() => page.goto(url))
      .catch(failed);
  });
  return results;
}

const found = await findChromium(console.log);
const server = await servePage(root, await bundle());
const zmtp = await serveZmtp(root);
const browser = await chromium.launch(found);
try {
  console.log(`Chromium ${browser.version()}`);
  const results = await runPage(browser, `${server.url}?zmtp=${encodeURIComponent(JSON.stringify(zmtp.places))}`);
  const failed = results.filter((result) => result.failure !== undefined).length;
  const jsonAt = process.argv.indexOf("--json");
  const counts = { passed: results.length - failed, failed };
  if (jsonAt > 0) writeFileSync(process.argv[jsonAt + 1], JSON.stringify(counts));
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = failed === 0 && results.length > 0 ? 0 : 1;
} finally {
  await browser.close();
  await zmtp.close();
  await server.close();
}
