import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { InspectorPage, useBrowser } from "./inspector_page.ts";

const browser = useBrowser();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds on the page as it stands, one line each. */
async function violations({ page }: InspectorPage): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then((run) => run.violations)",
  )) as {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
  return found.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 160)}`));
}

const THEMES = ["light", "dark"] as const;

describe.each(THEMES)("axe finds nothing, %s", (colorScheme) => {
  // What moves has other colours on its way.
  const open = (): Promise<InspectorPage> =>
    InspectorPage.open(browser(), undefined, { colorScheme, reducedMotion: "reduce" });

  it("with no capture, and in the sheets", async () => {
    const inspector = await open();
    expect(await violations(inspector)).toEqual([]);
    for (const key of ["o", "?", "Control+k"]) {
      await inspector.press(key);
      await inspector.page.getByRole("dialog").waitFor();
      expect(await violations(inspector), key).toEqual([]);
      await inspector.press("Escape");
      await inspector.page.getByRole("dialog").waitFor({ state: "detached" });
    }
  });

  it("with a full capture, in every view", async () => {
    const inspector = await open();
    const { page } = inspector;
    await inspector.command("demonstration");
    await inspector.read();
    for (const name of ["Frames", "Problems", "Time", "Compare", "Replay"]) {
      await page.getByRole("tab", { name }).click();
      await page.waitForTimeout(300);
      expect(await violations(inspector), name).toEqual([]);
    }
    await page.getByRole("tab", { name: "Frames" }).click();
    for (const name of ["Checks", "Re-encode"]) {
      await page.getByRole("tab", { name }).click();
      await page.waitForTimeout(200);
      expect(await violations(inspector), name).toEqual([]);
    }
  });

  it("with an empty and a broken capture", async () => {
    const inspector = await open();
    await inspector.dropAndRead("fixtures/corrupt/mixed.tide");
    await inspector.press("n");
    await inspector.page.locator(".problem, .card").first().waitFor();
    expect(await violations(inspector), "broken").toEqual([]);
    await inspector.page.locator("#find").fill("type == 1 1");
    await inspector.press("/", "Enter");
    await inspector.page.locator("#find-fault").waitFor();
    expect(await violations(inspector), "a filter that is wrong").toEqual([]);
    await inspector.drop("test/browser/inspector/empty.tide");
    await inspector.page.getByText("This capture holds no frame.").waitFor();
    expect(await violations(inspector), "empty").toEqual([]);
  });
});
