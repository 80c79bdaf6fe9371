import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { InspectorPage, useBrowser } from "./inspector_page.ts";
import { heartbeatFrame, idOf, snapshotFrame, writeCapture } from "./made_frames.ts";

const browser = useBrowser();

/** What the comparison says: how many of each kind, and its lines. */
async function comparison(page: Page): Promise<{ readonly tally: string[]; readonly lines: string[][] }> {
  const region = page.getByRole("region", { name: "Comparison" });
  return {
    tally: await region
      .getByRole("list")
      .first()
      .getByRole("listitem")
      .evaluateAll((items) => items.map((item) => (item.textContent ?? "").replace(/^[^\d]*/, ""))),
    lines: await region
      .locator("ol > li")
      .evaluateAll((items) =>
        items.map((item) => [
          item.querySelector("[role=img]")!.getAttribute("aria-label")!,
          ...[...item.querySelectorAll("button")].map((button) => button.getAttribute("aria-label")!),
          item.querySelector("b")!.textContent!,
          item.querySelector("code")!.textContent!,
          ...[...item.querySelectorAll("li")].map((difference) => difference.textContent!),
        ]),
      ),
  };
}

/** Two captures of one agent: a snapshot differs, one heartbeat is in each alone, one heartbeat is the same. */
async function openTwo(): Promise<InspectorPage> {
  const left = [heartbeatFrame(1, 1), snapshotFrame(2, 2, 12.5), heartbeatFrame(3, 3)];
  const right = [heartbeatFrame(4, 1), heartbeatFrame(1, 1), snapshotFrame(2, 2, 93.25)];
  const inspector = await InspectorPage.open(browser());
  await inspector.drop(writeCapture("before.tide", ...left), writeCapture("after.tide", ...right));
  await inspector.page.getByRole("option", { name: "after.tide" }).waitFor({ state: "attached" });
  await inspector.read();
  await inspector.page.getByRole("tab", { name: "Compare" }).click();
  return inspector;
}

const hex = (id: number): string => Buffer.from(idOf(id)).toString("hex");

it("two captures are compared by message id and field", async () => {
  const inspector = await openTwo();
  const { page } = inspector;
  await expect
    .poll(() => comparison(page))
    .toEqual({
      tally: ["1 the same", "1 different", "1 only left", "1 only right"],
      lines: [
        ["only right", "frame 0, right", "heartbeat", hex(4)],
        ["different", "frame 1, left", "frame 2, right", "snapshot", hex(2), "payload.cpuTotalPct: 12.5 → 93.25"],
        ["only left", "frame 2, left", "heartbeat", hex(3)],
      ],
    });
  await page.getByRole("button", { name: "Swap" }).click();
  await expect.poll(async () => (await comparison(page)).lines.flat()).toContain("payload.cpuTotalPct: 93.25 → 12.5");
  expect(inspector.faults).toEqual([]);
});

it("a line of a comparison leads to the frame in either capture", async () => {
  const inspector = await openTwo();
  const { page } = inspector;
  await page.getByRole("button", { name: "frame 2, right" }).click();
  await expect.poll(() => inspector.selectedFrame()).toBe(2);
  const picker = page.getByRole("combobox", { name: "Capture" });
  await expect(picker.locator("option:checked").textContent()).resolves.toBe("after.tide");
  await expect
    .poll(() => page.getByRole("treeitem").filter({ hasText: "cpuTotalPct" }).textContent())
    .toContain("93.25");
  await page.getByRole("tab", { name: "Compare" }).click();
  // The comparison is as it was left, though another capture is shown now.
  await page.getByRole("button", { name: "frame 1, left" }).click();
  await expect.poll(() => inspector.selectedFrame()).toBe(1);
  await expect(picker.locator("option:checked").textContent()).resolves.toBe("before.tide");
});

it("with one capture open the page asks for a second one", async () => {
  const inspector = await InspectorPage.open(browser());
  await inspector.dropAndRead("fixtures/snapshot/heartbeat.tide");
  await inspector.press("4");
  await inspector.page.getByRole("button", { name: "Open another" }).click();
  await inspector.page.getByRole("dialog", { name: "Open" }).waitFor();
});
