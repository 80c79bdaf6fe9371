import { expect, it } from "vitest";
import { InspectorPage, useBrowser } from "./inspector_page.ts";

const browser = useBrowser();

it("the steps of a replay are there again when its tab or its capture is shown again, and go on from there", async () => {
  const inspector = await InspectorPage.open(browser());
  const { page } = inspector;
  const steps = (): Promise<number> => page.locator("#steps [role=row]").count();
  const tab = (name: string): Promise<void> => page.getByRole("tab", { name, exact: true }).click();
  await inspector.dropAndRead("fixtures/snapshot/stream.tide");
  await tab("Replay");
  const step = page.getByRole("button", { name: "Step", exact: true });
  await step.click();
  await expect.poll(steps).toBe(1);
  // The keyboard stays where it is: the next step is one more press.
  await inspector.press("Enter");
  await expect.poll(steps).toBe(2);
  const before = await page.locator("#steps").textContent();
  await tab("Frames");
  await page.locator("#frames").waitFor();
  await tab("Replay");
  expect(await page.locator("#steps").textContent()).toBe(before);
  await inspector.drop("fixtures/snapshot/heartbeat.tide");
  await expect.poll(steps).toBe(0);
  await page.getByRole("combobox", { name: "Capture" }).selectOption({ index: 0 });
  await expect.poll(() => page.locator("#steps").textContent()).toBe(before);
  await step.click();
  await expect.poll(steps).toBe(3);
  const titles = await page.locator("#steps .c-title").allTextContents();
  // One run that went on: a run that begins in the middle would assume a connection.
  expect(titles.filter((title) => title.includes("assumed"))).toEqual([]);
  expect(inspector.faults).toEqual([]);
});
