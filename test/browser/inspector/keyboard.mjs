// What can be done, by the keyboard alone.
import assert from "node:assert/strict";
import { join } from "node:path";
import { command, openFiles, openPage, read, root } from "./page_driver.mjs";

const focused = (page, id) => page.waitForFunction((wanted) => document.activeElement?.id === wanted, id);
const frame = (page, number) => page.waitForSelector(`.tabs-note:has-text("frame ${number}")`);

export const keyboardCases = [
  {
    name: "inspector: frames, fields and bytes by the keyboard, each marks the others",
    async run({ browser, served }) {
      const { page, context, faults } = await openPage(browser, served.url);
      await openFiles(page, [join(root, "fixtures/corrupt/mixed.tide")]);
      await page.focus("#frames");
      await page.keyboard.press("ArrowDown");
      await frame(page, 1);
      await page.keyboard.press("Enter");
      await focused(page, "fields");
      await page.keyboard.press("ArrowDown");
      await page.waitForSelector('#pane-bytes .tabs-note:has-text("crc")');
      await page.keyboard.press("b");
      await focused(page, "bytes");
      await page.keyboard.press("ArrowRight");
      await page.waitForSelector('#pane-bytes .tabs-note:has-text("byte 5")');
      await page.keyboard.press("n");
      await frame(page, 3);
      await page.waitForSelector(".problem.error");
      await page.keyboard.press("g");
      await page.fill("dialog input", "#7");
      await page.keyboard.press("Enter");
      await frame(page, 7);
      assert.deepEqual(faults, []);
      await context.close();
    },
  },
  {
    name: "inspector: filter, completion, an error that points, and search",
    async run({ browser, served }) {
      const { page, context, faults } = await openPage(browser, served.url);
      await command(page, "demonstration");
      await read(page);
      await page.keyboard.press("/");
      await focused(page, "find");
      await page.keyboard.type("type == snapshot && payload.cpuTotalPct >");
      await page.keyboard.press("Enter");
      await page.waitForSelector(".find-fault");
      await page.keyboard.type(" 80");
      await page.keyboard.press("Enter");
      await page.waitForSelector('.status-main:has-text("filter:")');
      assert.match(await page.textContent(".status-main"), /filter: \d+ lines?/);
      await page.keyboard.press("Escape");
      await page.waitForSelector('.status-main:not(:has-text("filter"))');
      await page.selectOption(".find select", "text");
      await page.fill("#find", "core dumped");
      await page.press("#find", "Enter");
      await page.waitForSelector(".problem");
      assert.match(await page.textContent("#pane-fields .tabs-note"), /frame 2\d\d/);
      assert.deepEqual(faults, []);
      await context.close();
    },
  },
  {
    name: "inspector: one flipped bit is found and mended",
    async run({ browser, served }) {
      const { page, context, faults } = await openPage(browser, served.url);
      await openFiles(page, [join(root, "fixtures/corrupt/length_bit.tide")]);
      await page.keyboard.press("n");
      await page.click('.checksum button:has-text("flip it")');
      await page.waitForSelector('.checksum h2:has-text("The CRC-32 holds")');
      assert.deepEqual(faults, []);
      await context.close();
    },
  },
];
