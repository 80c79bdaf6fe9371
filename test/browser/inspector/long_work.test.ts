import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { expect, it } from "vitest";
import { root, temporaryFolder } from "../../e2e/places.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";

const browser = useBrowser();

/** Some seconds of work for whatever looks into every frame. */
const LARGE_BYTES = 200_000_000;

/** A capture of about so many bytes, of one frame over and over; gives its path and its number of frames. */
function largeCapture(fixture: string, bytes: number): { readonly path: string; readonly frames: number } {
  const frame = readFileSync(join(root, "fixtures/snapshot", fixture));
  const block = Buffer.concat(Array.from({ length: Math.ceil(4_000_000 / frame.length) }, () => frame));
  const path = join(temporaryFolder(), "large.tide");
  const file = openSync(path, "w");
  const blocks = Math.ceil(bytes / block.length);
  for (let written = 0; written < blocks; written++) writeSync(file, block);
  closeSync(file);
  return { path, frames: (blocks * block.length) / frame.length };
}

function status(page: Page): Locator {
  return page.locator(".status");
}

/** Frames that the list has. */
async function rows(page: Page): Promise<number> {
  return Number(await page.getByRole("treegrid", { name: "Frames" }).getAttribute("aria-rowcount"));
}

const grouped = (number: number): string => number.toLocaleString("en-US");

it("reading shows how far it is, can be cancelled, keeps what was read, and goes on", async () => {
  const { path, frames } = largeCapture("heartbeat.tide", LARGE_BYTES);
  const inspector = await InspectorPage.open(browser());
  const { page } = inspector;
  await inspector.drop(path);
  await page.getByRole("progressbar", { name: "reading" }).waitFor();
  await page.getByText(/^reading [\d.]+ \w+ of [\d.]+ MiB/).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await status(page)
    .getByText(/stopped at [\d,]+ of [\d,]+ bytes: R reads on$/)
    .waitFor();
  await inspector.read();
  await expect(page.getByRole("progressbar").count()).resolves.toBe(0);
  const before = await rows(page);
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(frames);
  // What is there can be looked at, up to the last of it, and is not called damaged.
  await page.getByRole("treegrid", { name: "Frames" }).focus();
  await inspector.press("End");
  await page
    .getByRole("region", { name: "Selected frame" })
    .getByText(`heartbeat · frame ${before - 1}`)
    .waitFor();
  await status(page).getByText("no damage").waitFor();
  await inspector.press("r");
  await expect
    .poll(() => status(page).textContent(), { timeout: 30_000 })
    .toContain(`${grouped(frames)} frames, no damage`);
  await expect(status(page).getByText("stopped at").count()).resolves.toBe(0);
  expect(inspector.faults).toEqual([]);
});

it("decoding all contents shows how far it is, and can be cancelled and begun again", async () => {
  const { path } = largeCapture("snapshot_zstd.tide", 80_000_000);
  const inspector = await InspectorPage.open(browser());
  const { page } = inspector;
  await inspector.dropAndRead(path);
  const decoding = page.getByRole("progressbar", { name: "decoding contents" });
  await decoding.waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await decoding.waitFor({ state: "detached" });
  const limit = status(page).getByText("contents of frames are decoded as they are shown, not yet all");
  await limit.waitFor();
  await inspector.command("decode the contents");
  await decoding.waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await decoding.waitFor({ state: "detached" });
  expect(inspector.faults).toEqual([]);
});

it("filter, export and comparison of a large capture show how far they are and can be cancelled", async () => {
  const { path, frames } = largeCapture("heartbeat.tide", LARGE_BYTES);
  const inspector = await InspectorPage.open(browser());
  const { page } = inspector;
  await inspector.drop(path, "fixtures/snapshot/heartbeat.tide");
  await inspector.read();
  const list = page.getByRole("treegrid", { name: "Frames" });
  await inspector.press("/");
  await page.keyboard.type("payload.queuedSnapshots > 7");
  await inspector.press("Enter");
  await page.getByRole("progressbar", { name: "Filtering" }).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("progressbar").waitFor({ state: "detached" });
  // Nothing is filtered: the list is as it was.
  await expect(rows(page)).resolves.toBe(frames);
  await list.focus();
  const downloads: unknown[] = [];
  page.on("download", (download) => downloads.push(download));
  await inspector.press("e");
  const sheet = page.getByRole("dialog", { name: "Export" });
  await sheet.getByRole("radio", { name: /^the whole capture/ }).check();
  await sheet.getByRole("radio", { name: /^JSON lines/ }).check();
  await sheet.getByRole("button", { name: "Export", exact: true }).click();
  await page.getByRole("progressbar", { name: "Exporting" }).waitFor();
  await inspector.press("Escape");
  await page.getByRole("progressbar").waitFor({ state: "detached" });
  await inspector.press("4");
  await page.getByRole("progressbar", { name: "Comparing" }).waitFor();
  // The view that asked is left: so is the work.
  await inspector.press("1");
  await list.focus();
  await inspector.press("End");
  await page
    .getByRole("region", { name: "Selected frame" })
    .getByText(`frame ${frames - 1}`)
    .waitFor();
  expect(downloads).toEqual([]);
  expect(inspector.faults).toEqual([]);
});
