import { expect, it } from "vitest";
import { InspectorPage, useBrowser } from "./inspector_page.ts";

const browser = useBrowser();

it.each([
  [1_280, 16],
  [2_560, 32],
  [1_000, 8],
])("in a window of %d px a line of bytes has %d, all of them to be seen", async (width, lineBytes) => {
  const inspector = await InspectorPage.open(browser(), undefined, { viewport: { width, height: 800 } });
  const { page } = inspector;
  await inspector.dropAndRead("fixtures/snapshot/snapshot_top100.tide");
  const text = page.locator("#bytes .hex-text").first();
  await expect.poll(async () => (await text.textContent())?.length).toBe(lineBytes);
  const pane = (await page.locator("#bytes").boundingBox())!;
  const shown = (await text.boundingBox())!;
  expect(shown.x + shown.width).toBeLessThanOrEqual(pane.x + pane.width);
});
