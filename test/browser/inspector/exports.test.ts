import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Download } from "playwright-core";
import { expect, it } from "vitest";
import { root, temporaryFolder } from "../../e2e/places.ts";
import { dumpLines } from "./dumped.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";

const browser = useBrowser();
const DAMAGED = "fixtures/corrupt/mixed.tide";
/** Rows that are whole frames. */
const PICKED = [1, 4, 5];

/** The damaged capture with some frames of it picked by the keyboard. */
async function picked(): Promise<{ readonly inspector: InspectorPage; readonly lines: readonly string[] }> {
  const inspector = await InspectorPage.open(browser());
  await inspector.dropAndRead(DAMAGED);
  const lines = dumpLines(DAMAGED);
  for (const row of PICKED) {
    await inspector.goTo(`#${row}`);
    await expect.poll(() => inspector.selectedFrame()).toBe(row);
    await inspector.page.getByRole("treegrid", { name: "Frames" }).focus();
    await inspector.press("Space");
  }
  await inspector.page.locator(".status", { hasText: "3 picked" }).waitFor();
  return { inspector, lines: PICKED.map((row) => lines[row]!) };
}

/** A message without the place where it stood. */
function withoutPlace(line: string): object {
  const { offset, ...message } = JSON.parse(line) as Record<string, unknown>;
  expect(offset).toBeTypeOf("number");
  return message;
}

it("picked frames as .tide are dumped as they were in the capture", async () => {
  const { inspector, lines } = await picked();
  const file = join(temporaryFolder(), "picked.tide");
  writeFileSync(file, await inspector.exportedBytes("3 picked frames", ".tide"));
  expect(dumpLines(file).map(withoutPlace)).toEqual(lines.map(withoutPlace));
});

it("picked frames as JSON lines are those lines of the dump", async () => {
  const { inspector, lines } = await picked();
  const text = (await inspector.exportedBytes("3 picked frames", "JSON lines")).toString();
  expect(text.trim().split("\n")).toEqual(lines);
});

it("picked frames as pcapng hold the same messages, put together of packets", async () => {
  const { inspector, lines } = await picked();
  const file = join(temporaryFolder(), "picked.pcapng");
  writeFileSync(file, await inspector.exportedBytes("3 picked frames", "pcapng"));
  const found = dumpLines(file).map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const [at, line] of lines.entries()) expect(found[at]).toMatchObject(withoutPlace(line));
  expect(found).toHaveLength(lines.length);
});

it("a test vector is the frame and what it means, as in fixtures/", async () => {
  const inspector = await InspectorPage.open(browser());
  const { page } = inspector;
  const name = "fixtures/snapshot/backpressure";
  await inspector.dropAndRead(`${name}.tide`);
  await inspector.press("e");
  await page
    .getByRole("dialog")
    .getByRole("radio", { name: /^test vector/ })
    .check();
  const downloads: Download[] = [];
  page.on("download", (download) => downloads.push(download));
  await page.getByRole("dialog").getByRole("button", { name: "Export", exact: true }).click();
  await expect.poll(() => downloads.length).toBe(2);
  const read = async (ending: string): Promise<Buffer> => {
    const download = downloads.find((one) => one.suggestedFilename().endsWith(ending))!;
    return readFileSync(await download.path());
  };
  expect(await read(".tide")).toEqual(readFileSync(join(root, `${name}.tide`)));
  const [line] = dumpLines(`${name}.tide`);
  expect(JSON.stringify(JSON.parse((await read(".json")).toString()))).toContain(
    JSON.stringify(JSON.parse(line!).payload),
  );
});
