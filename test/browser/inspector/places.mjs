// From disk, without a network, and by a link.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { exportedLines, openFiles, openPage, read, root } from "./page_driver.mjs";

const vector = join(root, "fixtures/snapshot/snapshot_zstd.tide");

export const placeCases = [
  {
    name: "inspector: the one file opens from disk and decodes, zstd too",
    async run({ browser }) {
      const { page, context, faults } = await openPage(browser, pathToFileURL(join(root, "dist/inspector.html")).href);
      await openFiles(page, [vector]);
      assert.match(await exportedLines(page), /^\{"offset":0,"version":"1.0","type":"snapshot".*"processes":\[\{/);
      assert.deepEqual(faults, []);
      await context.close();
    },
  },
  {
    name: "inspector: works offline once it was there",
    async run({ browser, served }) {
      const { page, context, faults } = await openPage(browser, served.url);
      await page.evaluate(async () => {
        const { active } = await navigator.serviceWorker.ready;
        if (active.state === "activated") return;
        await new Promise((resolve) => active.addEventListener("statechange", resolve, { once: true }));
      });
      await context.setOffline(true);
      await page.reload();
      await page.waitForSelector(".landing");
      await openFiles(page, [vector]);
      await page.waitForSelector("#side-tab-table");
      assert.deepEqual(faults, []);
      await context.close();
    },
  },
  {
    name: "inspector: ?url= and a place in it",
    async run({ browser, served }) {
      const { page, context } = await openPage(browser, `${served.url}?url=/fixtures/corrupt/mixed.tide#row=3`);
      await page.waitForSelector(".tabs-note:has-text('frame 3')");
      await context.close();
    },
  },
  {
    name: "inspector: pasted digits, and a link that carries the capture",
    async run({ browser, served }) {
      const { page, context } = await openPage(browser, served.url, {
        permissions: ["clipboard-read", "clipboard-write"],
      });
      await page.keyboard.press("o");
      await page.fill("dialog textarea", readFileSync(vector).toString("hex"));
      await page.click("dialog button.primary");
      await read(page);
      await page.keyboard.press("l");
      await page.waitForSelector(".toast:has-text('with the capture in it')");
      const link = await page.evaluate(() => navigator.clipboard.readText());
      const other = await openPage(browser, link);
      await read(other.page);
      await other.page.waitForSelector("#side-tab-table");
      await other.context.close();
      await context.close();
    },
  },
];
