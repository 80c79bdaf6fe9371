import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../architecture/source_files.ts";
import { serveFolder } from "./folder_server.ts";
import { InspectorPage, ONE_FILE, useBrowser } from "./inspector_page.ts";
import { fieldOf } from "./page_reading.ts";

const browser = useBrowser();
const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };
const DAMAGED = "fixtures/corrupt/mixed.tide";

/** The link to this place that the page puts on the clipboard. */
async function copiedLink({ page }: InspectorPage, said: string): Promise<string> {
  await page.getByRole("treegrid", { name: "Frames" }).focus();
  await page.keyboard.press("l");
  await page.getByText(said).waitFor();
  return page.evaluate<string>("navigator.clipboard.readText()");
}

it("a place in a served capture has a link that opens the capture there, to the byte", async () => {
  const origin = await serveFolder();
  const first = await InspectorPage.open(browser(), `${origin}/?url=/${DAMAGED}`, CLIPBOARD);
  await first.read();
  await first.goTo("#41");
  await fieldOf(first.page, "agentId").click();
  await expect.poll(() => first.page.locator("#pane-bytes [role=status]").textContent()).toContain("byte 40 ");
  const link = await copiedLink(first, "link copied");
  expect(link).toMatch(/#row=41&offset=\d+$/);
  const second = await InspectorPage.open(browser(), link);
  await expect.poll(() => second.selectedFrame()).toBe(41);
  await expect.poll(() => second.page.locator("#pane-bytes [role=status]").textContent()).toContain("byte 40 ");
  const selected = second.page.getByRole("treeitem", { selected: true });
  expect(await selected.locator(".field-name").textContent()).toBe("agentId");
});

it("a link names the frame that was gone to last, though its fields are not there yet, and no byte of a content", async () => {
  const first = await InspectorPage.open(browser(), undefined, CLIPBOARD);
  await first.dropAndRead("fixtures/snapshot/stream.tide");
  await fieldOf(first.page, "crc").waitFor();
  await first.page.getByRole("treegrid", { name: "Frames" }).focus();
  await first.press("ArrowDown", "ArrowDown");
  expect(await copiedLink(first, "link copied")).toMatch(/#row=2($|&)/);
  await first.command("close this capture");
  await first.page.getByRole("heading", { name: "Drop a capture here" }).waitFor();
  await first.dropAndRead("fixtures/snapshot/snapshot_zstd.tide");
  await fieldOf(first.page, "cpuTotalPct").click();
  await first.page.getByRole("tab", { name: "Content", selected: true }).waitFor();
  expect(await copiedLink(first, "link copied")).toMatch(/#row=0($|&capture)/);
});

it("a link carries a small capture whole", async () => {
  const first = await InspectorPage.open(browser(), undefined, CLIPBOARD);
  await first.dropAndRead("fixtures/snapshot/snapshot_zstd.tide");
  const link = await copiedLink(first, "link copied, with the capture in it");
  const second = await InspectorPage.open(browser(), link);
  await second.read();
  const bytes = readFileSync(join(root, "fixtures/snapshot/snapshot_zstd.tide"));
  expect(await second.exportedBytes("the whole capture", ".tide")).toEqual(bytes);
});

it("of a larger capture it says that the link is without it", async () => {
  const first = await InspectorPage.open(browser(), undefined, CLIPBOARD);
  await first.command("demonstration");
  await first.read();
  await expect.poll(() => first.selectedFrame()).toBe(0);
  const link = await copiedLink(first, "link copied, without the capture");
  expect(link.length).toBeLessThan(500);
  expect(link).toContain("#row=0");
});

it("says of a link whose capture is no capture that it is none", async () => {
  for (const packed of ["AAAA", "%21%21"]) {
    const { page } = await InspectorPage.open(browser(), `${ONE_FILE}#capture=${packed}`);
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toContain("no capture can be read from this link");
  }
});
