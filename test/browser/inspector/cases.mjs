// The inspector's tests, one after the other.
import { captureCases } from "./captures.mjs";
import { serveInspector } from "./page_driver.mjs";

const cases = [...captureCases];

/**
 * Runs the cases whose name has `words` in it, or all of them.
 *
 * @returns {Promise<{ name: string, ms: number, failure?: string }[]>}
 */
export async function runInspector(browser, words, isChosen) {
  const served = await serveInspector();
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
    await served.close();
  }
  return results;
}
