import { describe, expect, it } from "vitest";
import { LOOKS, openLook, violations } from "./axe.ts";
import { serveFolder } from "./folder_server.ts";
import type { InspectorPage } from "./inspector_page.ts";
import { useBrowser } from "./inspector_page.ts";

const browser = useBrowser();
const DAMAGED = "fixtures/corrupt/mixed.tide";

const showTab = ({ page }: InspectorPage, name: string): Promise<void> => page.getByRole("tab", { name }).click();

describe.each(LOOKS)("axe finds nothing, $colorScheme at $width px", (look) => {
  it("with a full capture, in every tab", async () => {
    const inspector = await openLook(browser(), look);
    const { page } = inspector;
    expect(await violations(inspector), "nothing open").toEqual([]);
    await inspector.command("demonstration");
    await inspector.read();
    const shown = {
      Frames: page.locator("#fields [role=treeitem]").first(),
      Problems: page.locator("#problem-rows [role=row]").first(),
      Time: page.locator(".busiest"),
      Compare: page.getByRole("button", { name: "Open another" }),
      Replay: page.getByRole("button", { name: "Step", exact: true }),
    };
    for (const [name, what] of Object.entries(shown)) {
      await showTab(inspector, name);
      await what.waitFor();
      expect(await violations(inspector), name).toEqual([]);
    }
    await shown.Replay.click();
    await page.getByRole("region", { name: "This step" }).waitFor();
    expect(await violations(inspector), "a step").toEqual([]);
  });

  it("with a frame, in what is known about it", async () => {
    const inspector = await openLook(browser(), look);
    const { page } = inspector;
    await inspector.command("demonstration");
    await inspector.read();
    await page.locator("#frames .k-message", { hasText: "snapshot" }).first().click();
    for (const name of ["Processes", "Checks", "Re-encode"]) {
      await showTab(inspector, name);
      await page.locator(`#side-panel :is([role=row], .problem)`).first().waitFor();
      expect(await violations(inspector), name).toEqual([]);
    }
  });

  it("with a broken and an empty capture, and two of them", async () => {
    const inspector = await openLook(browser(), look);
    const { page } = inspector;
    await inspector.dropAndRead(DAMAGED);
    await inspector.press("n");
    await page.locator(".problem").first().waitFor();
    expect(await violations(inspector), "broken").toEqual([]);
    await inspector.drop("fixtures/corrupt/lost_parts.tide");
    await page.getByRole("combobox", { name: "Capture" }).waitFor();
    await showTab(inspector, "Compare");
    await page.locator(".compared li").first().waitFor();
    expect(await violations(inspector), "two compared").toEqual([]);
    await inspector.drop("test/browser/inspector/empty.tide");
    await showTab(inspector, "Frames");
    await page.getByText("This capture holds no frame.").waitFor();
    expect(await violations(inspector), "empty").toEqual([]);
  });

  it("with the choice of what to watch, and a server that has nothing to watch", async () => {
    const inspector = await openLook(browser(), look, await serveFolder());
    const { page } = inspector;
    await inspector.command("watch a server");
    const watch = page.getByRole("button", { name: "Watch", exact: true });
    await watch.waitFor();
    expect(await violations(inspector), "the choice").toEqual([]);
    await watch.click();
    await page.getByText("what serves this page has no live tap").waitFor();
    expect(await violations(inspector), "refused").toEqual([]);
  });
});
