import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { expect, it } from "vitest";
import { root, temporaryFolder } from "../../e2e/places.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";

const browser = useBrowser();

function vector(name: string): Buffer {
  return readFileSync(join(root, `fixtures/snapshot/${name}.tide`));
}

/** A heartbeat whose last byte is another one, and whose CRC is right. */
function changedHeartbeat(): Buffer {
  const frame = vector("heartbeat");
  frame[frame.length - 1]! ^= 1;
  frame.writeUInt32LE(crc32(frame.subarray(8)), 4);
  return frame;
}

it("compares two captures by message id, names the fields that differ, and leads to the frames", async () => {
  const folder = temporaryFolder();
  const [left, right] = [join(folder, "left.tide"), join(folder, "right.tide")];
  writeFileSync(left, Buffer.concat([vector("ack_stored"), vector("heartbeat"), vector("handshake")]));
  writeFileSync(right, Buffer.concat([vector("handshake"), vector("error"), changedHeartbeat()]));
  const inspector = await InspectorPage.open(browser());
  const { page } = inspector;
  await inspector.drop(left, right);
  const picker = page.getByRole("combobox", { name: "Capture" });
  await expect.poll(() => picker.locator("option").count()).toBe(2);
  await page.getByRole("tab", { name: "Compare" }).click();
  const comparison = page.getByRole("region", { name: "Comparison" });
  const line = (kind: string) =>
    comparison.getByRole("listitem").filter({ has: page.getByRole("img", { name: kind, exact: true }) });
  await line("different").waitFor();
  const tally = await comparison.locator(".tally li").allTextContents();
  expect(tally.map((text) => text.slice(1))).toEqual(["1 the same", "1 different", "1 only left", "1 only right"]);
  expect(await line("different").textContent()).toContain("heartbeat");
  const [field] = await line("different").getByRole("listitem").allTextContents();
  expect(await line("different").getByRole("listitem").count()).toBe(1);
  expect(field).toMatch(/^payload\.\w+: \d+ → \d+$/);
  expect(await line("only left").textContent()).toContain("ack");
  expect(await line("only right").textContent()).toContain("error");
  await comparison.getByRole("button", { name: "Swap" }).click();
  await expect.poll(() => line("only left").textContent()).toContain("error");
  await comparison.getByRole("button", { name: "Swap" }).click();
  await expect.poll(() => line("only left").textContent()).toContain("ack");
  await line("different").getByRole("button", { name: "frame 2, right" }).click();
  await page.getByRole("tab", { name: "Frames", selected: true }).waitFor();
  await expect.poll(() => inspector.selectedFrame()).toBe(2);
  expect(await picker.locator("option:checked").textContent()).toBe("right.tide");
  expect(inspector.faults).toEqual([]);
});
