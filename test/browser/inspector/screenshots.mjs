// Takes the pictures of docs/screenshots/ anew: node test/browser/inspector/screenshots.mjs
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { findChromium } from "../../../scripts/find_chromium.mjs";
import { command, openFiles, openPage, read, root, serveInspector } from "./page_driver.mjs";

const folder = join(root, "docs/screenshots");
const wide = { width: 1200, height: 720 };
const damaged = join(root, "fixtures/corrupt/mixed.tide");

const demo = async (page) => {
  await command(page, "demonstration");
  await read(page);
};

const shots = [
  [
    "full_dark",
    { colorScheme: "dark", viewport: wide },
    async (page) => {
      await demo(page);
      await page.focus("#frames");
      for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowDown");
      await page.keyboard.press("t");
    },
  ],
  [
    "broken_light",
    { colorScheme: "light", viewport: wide },
    async (page) => {
      await openFiles(page, [damaged]);
      await page.keyboard.press("n");
      await page.waitForSelector(".problem");
    },
  ],
  [
    "time_light",
    { colorScheme: "light", viewport: wide },
    async (page) => {
      await demo(page);
      await page.keyboard.press("3");
      await page.waitForSelector(".chart");
    },
  ],
  [
    "replay_dark",
    { colorScheme: "dark", viewport: wide },
    async (page) => {
      await demo(page);
      await page.keyboard.press("5");
      await page.click('button:has-text("Run 100")');
      await page.waitForSelector(".step-card");
    },
  ],
  ["empty_dark", { colorScheme: "dark", viewport: wide }, async () => {}],
  ["narrow_light", { colorScheme: "light", viewport: { width: 360, height: 720 } }, demo],
];

const served = await serveInspector();
const found = await findChromium(console.log);
const browser = await chromium.launch({ ...found, args: found.args.filter((flag) => flag !== "--single-process") });
try {
  mkdirSync(folder, { recursive: true });
  for (const [name, options, prepare] of shots) {
    const { page, context } = await openPage(browser, served.url, options);
    await prepare(page);
    await page.waitForTimeout(700);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await context.close();
    console.log(`docs/screenshots/${name}.png`);
  }
} finally {
  await browser.close();
  await served.close();
}
