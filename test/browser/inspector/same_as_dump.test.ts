import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../architecture/source_files.ts";
import { dumped } from "./dumped.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";

const browser = useBrowser();

/** Captures open at once, at most. */
const MAX_OPEN = 16;

function capturesOf(folder: string): string[] {
  const names = readdirSync(join(root, "fixtures", folder)).filter((name) => /\.(tide|pcap|pcapng)$/.test(name));
  return names.sort().map((name) => `fixtures/${folder}/${name}`);
}

async function compareAll(files: readonly string[]): Promise<void> {
  const expected = dumped(files);
  for (let at = 0; at < files.length; at += MAX_OPEN) {
    const some = files.slice(at, at + MAX_OPEN);
    const inspector = await InspectorPage.open(browser());
    await inspector.drop(...some);
    const picker = inspector.page.getByRole("combobox", { name: "Capture" });
    await expect.poll(() => picker.locator("option").count(), { timeout: 15_000 }).toBe(some.length);
    for (const [number, file] of some.entries()) {
      await picker.selectOption(String(number));
      await inspector.read();
      expect(await inspector.jsonLines(), file).toEqual(expected.get(file));
    }
    expect(inspector.faults).toEqual([]);
  }
}

describe("files dropped on the page are exported as `tidewire dump --json` prints them", () => {
  it.each(["snapshot", "snapshot_demo", "corrupt", "captures"])("fixtures/%s", async (folder) => {
    const files = capturesOf(folder);
    expect(files.length).toBeGreaterThan(4);
    await compareAll(files);
  });
});
