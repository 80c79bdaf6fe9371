import { describe, expect, it } from "vitest";
import { LOOKS, openLook, violations } from "./axe.ts";
import { useBrowser } from "./inspector_page.ts";

const browser = useBrowser();
/** The key that opens each sheet, and its title. */
const SHEETS: readonly (readonly [string, string | RegExp])[] = [
  ["o", "Open a capture"],
  ["e", "Export"],
  ["d", /^envelope\./],
  ["g", "Go to"],
  ["?", "Keys"],
  ["Control+k", "Commands"],
];

describe.each(LOOKS)("axe finds nothing, $colorScheme at $width px", (look) => {
  it("in the sheets", async () => {
    const inspector = await openLook(browser(), look);
    const { page } = inspector;
    await inspector.dropAndRead("fixtures/corrupt/mixed.tide");
    await page.locator("#fields [role=treeitem]", { hasText: "versionMajor" }).click();
    for (const [key, name] of SHEETS) {
      await inspector.press(key);
      await page.getByRole("dialog", { name }).waitFor();
      expect(await violations(inspector), key).toEqual([]);
      await inspector.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    for (const button of [".capture-said", ".core"]) {
      await page.locator(button).click();
      await page.getByRole("dialog").waitFor();
      expect(await violations(inspector), button).toEqual([]);
      await inspector.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
  });

  it("in the find bar", async () => {
    const inspector = await openLook(browser(), look);
    const { page } = inspector;
    await inspector.dropAndRead("fixtures/corrupt/mixed.tide");
    const find = page.locator("#find");
    await find.pressSequentially("agen");
    await page.getByRole("option", { name: "agentId" }).waitFor();
    await inspector.press("ArrowDown");
    expect(await violations(inspector), "completions").toEqual([]);
    await find.fill("type == 1 1");
    await inspector.press("Enter");
    await page.locator("#find-fault").waitFor();
    expect(await violations(inspector), "a filter that is wrong").toEqual([]);
    await find.fill("size > 1000000");
    await inspector.press("Enter");
    await page.getByText("No frame passes the filter.").waitFor();
    expect(await violations(inspector), "no frame passes").toEqual([]);
    await page.getByRole("combobox", { name: "What to find" }).selectOption("text");
    await find.fill("not in it");
    await inspector.press("Enter");
    await page.getByText("not found from here to the end").waitFor();
    expect(await violations(inspector), "not found").toEqual([]);
  });
});
