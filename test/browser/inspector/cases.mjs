// The inspector's tests, one after the other.
import { chromium } from "playwright-core";
import { captureCases } from "./captures.mjs";
import { keyboardCases } from "./keyboard.mjs";
import { liveCases } from "./live.mjs";
import { lookCases } from "./looks.mjs";
import { serveInspector } from "./page_driver.mjs";
import { placeCases } from "./places.mjs";

const cases = [...keyboardCases, ...placeCases, ...lookCases, ...liveCases, ...captureCases];

/**
 * Runs the cases whose name has `words` in it, or all of them.
 *
 * @returns {Promise<{ name: string, ms: number, failure?: string }[]>}
 */
export async function runInspector(found, words, isChosen) {
  const served = await serveInspector();
  // In one process a page that is closed takes the browser along.
  const browser = await chromium.launch({ ...found, args: found.args.filter((flag) => flag !== "--single-process") });
  const results = [];
  try {
    for (const { name, run } of cases) {
      if (isChosen && !name.includes(words)) continue;
      const startMs = performance.now();
      let failure;
      try {
        await run({ browser, served });
      } catch (error) {
        failure = error.stack;
      }
      const ms = performance.now() - startMs;
      console.log(`${failure === undefined ? "ok    " : "FAILED"} ${name} (${Math.round(ms)} ms)`);
      if (failure !== undefined) console.log(failure.replace(/^/gm, "    "));
      results.push(failure === undefined ? { name, ms } : { name, ms, failure });
    }
  } finally {
    await browser.close();
    await served.close();
  }
  return results;
}
