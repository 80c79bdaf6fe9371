import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { expect, it } from "vitest";
import { root, temporaryFolder } from "../../e2e/places.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";

const browser = useBrowser();

async function recoded(file: string): Promise<InspectorPage> {
  const inspector = await InspectorPage.open(browser());
  await inspector.dropAndRead(file);
  await inspector.page.getByRole("tab", { name: "Re-encode" }).click();
  return inspector;
}

it("says that bytes are canonical where this code writes the same", async () => {
  const { page } = await recoded("fixtures/snapshot/snapshot_top100.tide");
  await page.getByRole("heading", { name: "The frame is canonical" }).waitFor();
  const bytes = readFileSync(join(root, "fixtures/snapshot/snapshot_top100.tide")).length;
  await page.getByText(`${bytes} bytes found, ${bytes} bytes written`).waitFor();
});

it("shows what this code would write otherwise, and where", async () => {
  const frame = readFileSync(join(root, "fixtures/snapshot/heartbeat.tide"));
  // A reserved byte of the envelope, which receivers don't look at and this code writes as 0.
  frame[13] = 7;
  frame.writeUInt32LE(crc32(frame.subarray(8)), 4);
  const file = join(temporaryFolder(), "reserved.tide");
  writeFileSync(file, frame);
  const { page } = await recoded(file);
  await page.getByRole("heading", { name: "The frame is written differently" }).waitFor();
  const difference = page.getByRole("region", { name: "Re-encoded" }).getByRole("listitem").last();
  expect(await difference.locator("del").textContent()).toBe("07");
  expect(await difference.locator("ins").textContent()).toBe("00");
  await difference.getByRole("button", { name: "00000d" }).click();
  await expect.poll(() => page.locator("#pane-bytes [role=status]").textContent()).toContain("byte 13 ");
});

it("does not encode what it could not decode, and says so", async () => {
  const { page } = await recoded("fixtures/snapshot/bad_crc.tide");
  await page.getByText("what can't be decoded can't be encoded again").waitFor();
});
