import { describe, expect, it } from "vitest";
import { InspectorPage, useBrowser } from "./inspector_page.ts";
import { fieldOf, shownLines } from "./page_reading.ts";

const browser = useBrowser();
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true } as const;

/** Nothing of the page lies to the right of the window, and the page itself does not scroll sideways. */
async function expectFits({ page }: InspectorPage, what: string): Promise<void> {
  for (const part of ["html", "body"]) {
    const hidden = await page.locator(part).evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(hidden, `${part}, ${what}`).toBe(0);
  }
}

/** A person can get a part of the page into the window and tap on it. */
async function expectReachable({ page }: InspectorPage, selector: string): Promise<void> {
  const part = page.locator(selector).first();
  await part.scrollIntoViewIfNeeded();
  const box = (await part.boundingBox())!;
  expect(box.width, selector).toBeGreaterThan(100);
  expect(box.height, selector).toBeGreaterThan(60);
  expect(box.x, selector).toBeGreaterThanOrEqual(0);
  expect(box.x + box.width, selector).toBeLessThanOrEqual(PHONE.viewport.width);
  expect(box.y, selector).toBeLessThan(PHONE.viewport.height - 40);
  const isOnTop = await part.evaluate((element) => {
    const { left, top, width } = element.getBoundingClientRect();
    const hit = element.ownerDocument.elementFromPoint(left + width / 2, Math.max(top, 0) + 20);
    return hit !== null && (element.contains(hit) || hit.contains(element));
  });
  expect(isOnTop, selector).toBe(true);
}

describe("at 360 px", () => {
  it("no view is wider than the window", async () => {
    const inspector = await InspectorPage.open(browser(), undefined, PHONE);
    const { page } = inspector;
    await expectFits(inspector, "with nothing open");
    await inspector.command("demonstration");
    await inspector.read();
    for (const name of ["Problems", "Time", "Compare", "Replay", "Frames"]) {
      await page.getByRole("tab", { name }).click();
      await page.getByRole("tab", { name, selected: true }).waitFor();
      await expectFits(inspector, name);
    }
    for (const key of ["o", "e", "g", "?", "d", "Control+k"]) {
      await page.getByRole("treegrid", { name: "Frames" }).focus();
      await inspector.press(key);
      const sheet = page.getByRole("dialog");
      await sheet.waitFor();
      await expectFits(inspector, key);
      const box = (await sheet.boundingBox())!;
      expect(box.x + box.width, key).toBeLessThanOrEqual(PHONE.viewport.width);
      await inspector.press("Escape");
      await sheet.waitFor({ state: "detached" });
    }
    expect(inspector.faults).toEqual([]);
  });

  it("every pane is reached, and a selection in one marks the others", async () => {
    const inspector = await InspectorPage.open(browser(), undefined, PHONE);
    const { page } = inspector;
    await inspector.dropAndRead("fixtures/corrupt/mixed.tide");
    for (const pane of ["#frames", "#fields", "#bytes"]) await expectReachable(inspector, pane);
    await page.locator("#frames-1").tap();
    await fieldOf(page, "messageType").getByText("4", { exact: true }).waitFor();
    await fieldOf(page, "messageType").scrollIntoViewIfNeeded();
    await fieldOf(page, "messageType").tap();
    await expect.poll(() => page.locator("#pane-bytes [role=status]").textContent()).toContain("byte 10 ");
    await page.getByRole("tab", { name: "Checks" }).tap();
    await expectReachable(inspector, "#side-panel");
    await expectFits(inspector, "checks");
  });

  it("the filter can be typed and read", async () => {
    const inspector = await InspectorPage.open(browser(), undefined, PHONE);
    await inspector.dropAndRead("fixtures/corrupt/mixed.tide");
    const field = inspector.page.getByRole("combobox", { name: "Filter" });
    expect((await field.boundingBox())!.width).toBeGreaterThan(150);
    await field.fill("error == CRC_MISMATCH");
    await field.press("Enter");
    const shown = async (): Promise<string[]> => (await shownLines(inspector.page)).map(({ type }) => type);
    await expect.poll(async () => new Set(await shown())).toEqual(new Set(["CRC_MISMATCH"]));
    await field.fill("type == 1 1");
    await field.press("Enter");
    const fault = inspector.page.getByRole("alert");
    await fault.waitFor();
    const box = (await fault.boundingBox())!;
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(PHONE.viewport.width);
  });
});
