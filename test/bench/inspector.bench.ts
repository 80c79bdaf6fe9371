import { statSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type LaunchOptions, type Page } from "playwright-core";
import { hugeCapture } from "./inspector/huge_capture.ts";
import { dragThumb, HeapWatch, watched, watchPage } from "./inspector/page_watch.ts";
import { type BenchReport, type BenchRow, machine, makeRow, median } from "./measure.ts";

export const name = "inspector";

const GIGABYTE = 1_000_000_000;
/** `--small` takes a tenth. */
const CAPTURE_BYTES = process.argv.includes("--small") ? GIGABYTE / 10 : GIGABYTE;
const INDEX_TIMEOUT_MS = 120_000;
const LOOK_EVERY_MS = 100;
const SCROLL_MS = 4_000;
/** The longest that a browser does not call a long task. */
const SHORT_TASK_MS = 50;

interface Measured {
  readonly firstRowsMs: number;
  readonly indexMs: number;
  readonly longestTaskMs: number;
  readonly heapBytes: number;
  readonly drawnMs: readonly number[];
}

async function launch(): Promise<Browser> {
  // By its place in the project: it looks for its own folders around itself, and this file is bundled elsewhere.
  const { findChromium } = (await import(pathToFileURL(resolve("scripts/find_chromium.mjs")).href)) as {
    findChromium(say: (line: string) => void): Promise<LaunchOptions>;
  };
  return chromium.launch(await findChromium(console.error));
}

/** Drops a file of the disk on the page, as a person does. */
async function drop(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [resolve(path)], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, x: 300, y: 400, data });
  }
}

async function measure(page: Page, path: string): Promise<Measured> {
  await watchPage(page);
  await page.goto(pathToFileURL(resolve("dist/inspector.html")).href);
  await page.locator(".status").waitFor();
  const heap = await HeapWatch.begin(page);
  await drop(page, path);
  let heapBytes = 0;
  const endMs = Date.now() + INDEX_TIMEOUT_MS;
  while ((await watched(page)).doneMs === 0) {
    if (Date.now() > endMs) throw new Error(`not indexed within ${INDEX_TIMEOUT_MS / 1_000} s`);
    await page.waitForTimeout(LOOK_EVERY_MS);
    heapBytes = Math.max(heapBytes, await heap.bytes());
  }
  const { droppedMs, rowsMs, doneMs, longestTaskMs } = await watched(page);
  const drawnMs = await dragThumb(page, "#frames", SCROLL_MS);
  heapBytes = Math.max(heapBytes, await heap.bytes());
  return { firstRowsMs: rowsMs - droppedMs, indexMs: doneMs - droppedMs, longestTaskMs, heapBytes, drawnMs };
}

/** A row that is met where a value is no more than its limit. */
function limited(what: string, ours: number, limit: number, unit: string, note: string): BenchRow {
  return makeRow({ case: what, ours, peers: { limit }, unit, target: { peer: "limit", atLeast: 1 }, note });
}

export async function run(): Promise<BenchReport> {
  const path = hugeCapture(CAPTURE_BYTES);
  const { size } = statSync(path);
  const browser = await launch();
  try {
    const context = await browser.newContext({ locale: "en-US", viewport: { width: 1280, height: 800 } });
    const { firstRowsMs, indexMs, longestTaskMs, heapBytes, drawnMs } = await measure(await context.newPage(), path);
    const megabytes = size / 1e6;
    const perSecond = Math.round(megabytes / (indexMs / 1_000));
    const worst = Math.round(Math.max(...drawnMs));
    const rows = [
      limited("first rows after the drop", firstRowsMs, 300, "ms", "until lines of the list stand in the page"),
      limited(
        `index of ${Math.round(megabytes)} MB`,
        indexMs,
        (megabytes / 300) * 1_000,
        "ms",
        `${perSecond} MB/s from the drop to the end; the limit is 300 MB/s`,
      ),
      limited(
        "heap",
        heapBytes / 1e6,
        300,
        "MB",
        "most that page and worker held, array buffers too; not the browser's own",
      ),
      limited(
        "longest task of the main thread",
        Math.max(longestTaskMs, SHORT_TASK_MS),
        SHORT_TASK_MS,
        "ms",
        "while it indexes; tasks of up to 50 ms are not told and count as 50",
      ),
      limited(
        "a drawing while the thumb goes over the whole list",
        median(drawnMs),
        34,
        "ms",
        `${Math.round(drawnMs.length / (SCROLL_MS / 1_000))} drawings a second, the slowest after ${worst} ms; drawn without a graphics card`,
      ),
    ];
    return { bench: name, machine: machine(), rows };
  } finally {
    await browser.close();
  }
}
