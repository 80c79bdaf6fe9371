import { expect, it } from "vitest";
import { InspectorPage, useBrowser } from "./inspector_page.ts";

const browser = useBrowser();

it("a search finds text that a frame has compressed, and shows it in the content", async () => {
  const inspector = await InspectorPage.open(browser());
  const { page } = inspector;
  await inspector.dropAndRead("fixtures/snapshot/snapshot_zstd.tide");
  const [line] = await inspector.jsonLines();
  const names: string[] = JSON.parse(line!).payload.processes.map(({ name }: { name: string }) => name);
  const name = names.reduce((longest, one) => (one.length > longest.length ? one : longest));
  await page.getByLabel("What to find").selectOption("text");
  await page.locator("#find").fill(name);
  await page.locator("#find").press("Enter");
  const shown = page.locator("#bytes .hex-text .b-hit");
  await shown.first().waitFor();
  expect((await shown.allTextContents()).join("").toLowerCase()).toContain(name.toLowerCase());
  await expect(page.getByRole("tab", { name: "Content" }).getAttribute("aria-selected")).resolves.toBe("true");
  // The field that the bytes are of, though the ranges of processes overlap where they lie in columns.
  expect(await page.locator("#pane-bytes .tabs-note").textContent()).toMatch(/payload\.process\[\d+\]\.name$/);
  await page.locator("#find").fill("nothing is called this");
  await page.locator("#find").press("Enter");
  await page.getByText("not found from here to the end").waitFor();
  expect(inspector.faults).toEqual([]);
});
