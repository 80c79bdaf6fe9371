import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { CORE_SHA256 } from "../../../src/core/mod.ts";
import { root } from "../../architecture/source_files.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";

const browser = useBrowser();

it("as one file it opens from the disk, asks no network for anything, and shows which core decodes", async () => {
  const inspector = await InspectorPage.open(browser());
  const asked: string[] = [];
  inspector.page.on("request", (request) => asked.push(request.url()));
  await inspector.page.reload();
  await inspector.page.getByRole("button", { name: `core ${CORE_SHA256.slice(0, 12)}` }).click();
  await inspector.page.getByRole("dialog").getByText(CORE_SHA256).waitFor();
  await inspector.press("Escape");
  await inspector.dropAndRead("fixtures/snapshot/snapshot_zstd.tide");
  await inspector.page.getByText("payload", { exact: true }).waitFor();
  expect(asked.filter((url) => !/^(file|blob|data):/.test(url))).toEqual([]);
  expect(inspector.faults).toEqual([]);
});

it("a link carries a small capture and the place in it", async () => {
  const options = { permissions: ["clipboard-read", "clipboard-write"] };
  const first = await InspectorPage.open(browser(), undefined, options);
  await first.dropAndRead("fixtures/corrupt/crc_bit.tide");
  await first.press("n");
  await first.page.locator("#frames [aria-selected=true] .mark.error").waitFor();
  const row = await first.selectedFrame();
  await first.press("l");
  await first.page.getByText("link copied, with the capture in it").waitFor();
  const second = await InspectorPage.open(browser(), first.page.url());
  await second.page.locator("#frames [aria-selected=true] .mark.error").waitFor();
  expect(await second.selectedFrame()).toBe(row);
  expect(await second.jsonLines()).toEqual(await first.jsonLines());
});

it("reads pasted hexadecimal digits", async () => {
  const inspector = await InspectorPage.open(browser());
  await inspector.press("o");
  const digits = readFileSync(join(root, "fixtures/snapshot/heartbeat.tide")).toString("hex");
  await inspector.page.getByLabel("Bytes as hexadecimal digits or base64").fill(digits);
  await inspector.page.getByRole("button", { name: "Open these bytes" }).click();
  await inspector.read();
  expect((await inspector.jsonLines()).map((line) => JSON.parse(line).type)).toEqual(["heartbeat"]);
});

it("is no wider than a window of 360 px", async () => {
  const inspector = await InspectorPage.open(browser(), undefined, { viewport: { width: 360, height: 740 } });
  await inspector.dropAndRead("fixtures/corrupt/mixed.tide");
  for (const part of [".bar", ".work", ".status", ".bar-buttons", "#find"]) {
    const box = (await inspector.page.locator(part).boundingBox())!;
    expect(box.x + box.width, part).toBeLessThanOrEqual(360);
  }
});
