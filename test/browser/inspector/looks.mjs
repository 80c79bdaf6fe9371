// axe finds nothing, in both themes, wherever one can be.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { command, openFiles, openPage, read, root } from "./page_driver.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function check(page, where) {
  // In an isolated world: the page's policy lets no foreign script in.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  assert.deepEqual(found, [], where);
}

export const lookCases = ["light", "dark"].map((colorScheme) => ({
  name: `inspector: axe finds nothing, ${colorScheme}`,
  async run({ browser, served }) {
    const { page, context, faults } = await openPage(browser, served.url, { colorScheme });
    await check(page, "landing");
    await command(page, "demonstration");
    await read(page);
    for (const [key, seen] of [
      ["1", "#frames"],
      ["2", ".problem-row"],
      ["3", ".chart"],
      ["4", ".said"],
      ["5", ".replay"],
    ]) {
      await page.keyboard.press(key);
      await page.waitForSelector(seen);
      await check(page, `view ${key}`);
    }
    await page.keyboard.press("1");
    await page.keyboard.press("n");
    await page.keyboard.press("c");
    await page.waitForSelector(".cards");
    await check(page, "checks");
    for (const key of ["?", "o", "e", "g", "Control+k"]) {
      await page.keyboard.press(key);
      await page.waitForSelector("dialog");
      await check(page, `sheet ${key}`);
      await page.keyboard.press("Escape");
      await page.waitForSelector("dialog", { state: "detached" });
    }
    await openFiles(page, [join(root, "fixtures/corrupt/mixed.tide")]);
    await check(page, "damaged");
    assert.deepEqual(faults, []);
    await context.close();
  },
}));
