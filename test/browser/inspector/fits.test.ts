import { describe, expect, it } from "vitest";
import { openLook } from "./axe.ts";
import { type InspectorPage, useBrowser } from "./inspector_page.ts";

const browser = useBrowser();
const DAMAGED = "fixtures/corrupt/mixed.tide";
const openNarrow = (): Promise<InspectorPage> => openLook(browser(), { colorScheme: "light", width: 360 });

/** What has to be scrolled sideways, or reaches out of the window. Runs in the page. */
const SIDEWAYS = `[...document.querySelectorAll("body *:not(svg *)")]
  .filter((element) => {
    const { width, right } = element.getBoundingClientRect();
    const scrolls = ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
    const isSeen = width > 1 && element.closest(".unseen") === null;
    return isSeen && (right > innerWidth + 1 || (scrolls && element.scrollWidth > element.clientWidth + 1));
  })
  .map((element) => element.localName + "." + element.className)`;
/** What has just come fits itself into its place in the next frames. */
async function staysInside({ page }: InspectorPage, what: string): Promise<void> {
  await expect.poll(() => page.evaluate(SIDEWAYS), { message: what }).toEqual([]);
}
/** Lines of bytes whose end is hidden. Runs in the page. */
const CUT_BYTES = `[...document.querySelectorAll(".hex-bytes")]
  .filter((cell) => getComputedStyle(cell).textOverflow === "ellipsis")
  .map((cell) => cell.textContent)`;

describe("at 360 px nothing reaches out of the window or scrolls sideways", () => {
  it("in any tab", async () => {
    const inspector = await openNarrow();
    await staysInside(inspector, "empty");
    await inspector.command("demonstration");
    await inspector.read();
    for (const name of ["Problems", "Time", "Compare", "Replay", "Frames"]) {
      await inspector.page.getByRole("tab", { name }).click();
      await staysInside(inspector, name);
    }
    await inspector.page.locator("#frames .k-message", { hasText: "snapshot" }).first().click();
    for (const name of ["Processes", "Checks", "Re-encode"]) {
      await inspector.page.getByRole("tab", { name }).click();
      await staysInside(inspector, name);
    }
  });

  it("in any sheet", async () => {
    const inspector = await openNarrow();
    await inspector.dropAndRead(DAMAGED);
    for (const key of ["o", "e", "d", "g", "?", "Control+k"]) {
      await inspector.press(key);
      await inspector.page.getByRole("dialog").waitFor();
      await staysInside(inspector, key);
      await inspector.press("Escape");
      await inspector.page.getByRole("dialog").waitFor({ state: "detached" });
    }
  });
});

it("at 360 px the list of a replay stays beside what its step says", async () => {
  const inspector = await openNarrow();
  const { page } = inspector;
  await inspector.dropAndRead(DAMAGED);
  await page.getByRole("tab", { name: "Replay" }).click();
  await page.getByRole("button", { name: "Step", exact: true }).click();
  await page.getByRole("region", { name: "This step" }).waitFor();
  const { height } = (await page.locator("#steps").boundingBox())!;
  expect(height).toBeGreaterThanOrEqual(22);
});

it("no byte gives way to an ellipsis, and heads stand above their columns", async () => {
  const inspector = await openLook(browser(), { colorScheme: "light", width: 1280 });
  const { page } = inspector;
  await inspector.dropAndRead(DAMAGED);
  await inspector.press("n");
  await page.locator(".b-fault").first().waitFor();
  expect(await page.evaluate(CUT_BYTES)).toEqual([]);
  const lefts = (row: string): Promise<number[]> =>
    page
      .locator(`${row} :is(.c-time, .c-type, .c-summary)`)
      .evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().left));
  expect(await lefts(".list-head")).toEqual(await lefts("#frames-1"));
});
