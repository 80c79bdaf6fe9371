// Takes the pictures of docs/screenshots/ of the built page: node scripts/screenshots.mjs
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { build } from "./build.mjs";
import { findChromium } from "./find_chromium.mjs";
import { smallPng } from "./small_png.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "docs/screenshots");
const wide = { width: 1280, height: 800 };
const narrow = { width: 360, height: 740 };
/** Pictures are read in a repository: small ones. */
const maxPictureBytes = 150_000;
/** So many copies of a damaged capture are 20,000 frames: enough for every number to be a long one. */
const hugeCopies = 150;

async function drop(page, file) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [join(root, file)], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await session.send("Input.dispatchDragEvent", { type, x: 180, y: 400, data });
  }
  await read(page);
}

const read = (page) => page.locator(".status", { hasText: "read in" }).waitFor();

async function demo(page) {
  await page.getByRole("button", { name: "Show a demonstration" }).click();
  await read(page);
  await page
    .getByRole("row", { name: /snapshot/ })
    .first()
    .click();
}

async function broken(page) {
  await drop(page, "fixtures/corrupt/mixed.tide");
  for (let at = 0; at < 3; at++) {
    await page.keyboard.press("n");
    await page.waitForTimeout(150);
  }
}

async function huge(page) {
  await page.getByRole("button", { name: "Open files or paste bytes" }).click();
  const frames = readFileSync(join(root, "fixtures/corrupt/mixed.tide"));
  const buffer = Buffer.concat(Array.from({ length: hugeCopies }, () => frames));
  await page.locator("input[type=file]").setInputFiles({ name: "huge.tide", mimeType: "", buffer });
  await read(page);
  await page.keyboard.press("Escape");
  await page.keyboard.press("End");
}

const pictures = [
  ["light", "light", wide, demo],
  ["dark", "dark", wide, demo],
  ["empty", "light", wide, async () => {}],
  ["huge", "dark", wide, huge],
  ["broken", "light", wide, broken],
  ["narrow", "light", narrow, broken],
  [
    "time",
    "dark",
    wide,
    async (page) => {
      await demo(page);
      await page.getByRole("tab", { name: "Time" }).click();
    },
  ],
];

build();
mkdirSync(folder, { recursive: true });
const found = await findChromium(console.log);
// Letters with coloured edges have thousands of colours.
const browser = await chromium.launch({ ...found, args: [...found.args, "--disable-lcd-text"] });
try {
  for (const [name, colorScheme, viewport, prepare] of pictures) {
    const page = await browser.newPage({ locale: "en-US", colorScheme, viewport, reducedMotion: "reduce" });
    await page.goto(pathToFileURL(join(root, "dist/inspector.html")).href);
    await page.locator(".status").waitFor();
    await prepare(page);
    await page.waitForTimeout(600);
    const path = join(folder, `${name}.png`);
    const picture = smallPng(await page.screenshot());
    writeFileSync(path, picture);
    console.log(`docs/screenshots/${name}.png ${picture.length} bytes`);
    if (picture.length > maxPictureBytes) throw new Error(`${name}.png is larger than ${maxPictureBytes} bytes`);
    await page.close();
  }
} finally {
  await browser.close();
}
