import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { expect, it } from "vitest";
import { setBytes } from "../../../src/inspect/frame_edit.ts";
import { SNAPSHOT_PROTOCOL } from "../../../src/protocols/snapshot/protocol.ts";
import { root } from "../../architecture/source_files.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";
import { heartbeatFrame, writeCapture } from "./made_frames.ts";

const browser = useBrowser();

/** Of the frame: where the envelope's reserved byte stands, which a sender writes as 0 (spec §2). */
const RESERVED_AT = 13;

/** The page with a capture, and what it says of the first frame encoded again. */
async function openReencoded(file: string): Promise<{ readonly inspector: InspectorPage; readonly said: Locator }> {
  const inspector = await InspectorPage.open(browser());
  await inspector.dropAndRead(file);
  await inspector.page.getByRole("tab", { name: "Re-encode" }).click();
  return { inspector, said: inspector.page.getByRole("region", { name: "Re-encoded" }).getByRole("article") };
}

it("a frame as this code writes it is canonical", async () => {
  const { inspector, said } = await openReencoded("fixtures/snapshot/snapshot_top100.tide");
  await said.getByRole("heading", { name: "The frame is canonical" }).waitFor();
  const { length } = readFileSync(join(root, "fixtures/snapshot/snapshot_top100.tide"));
  await expect(said.textContent()).resolves.toContain(`${length} bytes found, ${length} bytes written by this code`);
  await expect(said.getByRole("listitem").count()).resolves.toBe(0);
  expect(inspector.faults).toEqual([]);
});

it("a frame that another sender wrote differently shows where, and leads to the byte", async () => {
  const place = { start: RESERVED_AT, end: RESERVED_AT + 1 };
  const frame = setBytes(SNAPSHOT_PROTOCOL, heartbeatFrame(1, 1), place, Uint8Array.of(0x07), "recompute");
  const { inspector, said } = await openReencoded(writeCapture("reserved.tide", frame));
  await said.getByRole("heading", { name: "The frame is written differently" }).waitFor();
  const differences = said.getByRole("listitem");
  // The CRC differs as well, since it covers that byte.
  const texts = await differences.allTextContents();
  expect(texts).toHaveLength(2);
  expect(texts[1]).toBe("00000d07 → 00");
  await differences.filter({ hasText: "07 → 00" }).getByRole("button").click();
  await inspector.page.getByRole("region", { name: "Bytes" }).getByText(`byte ${RESERVED_AT} · 7 0x07`).waitFor();
});

it("what was compressed is encoded again by itself: the content, not what a compressor made of it", async () => {
  const { said } = await openReencoded("fixtures/snapshot/snapshot_zstd.tide");
  await said.getByRole("heading", { name: "The content is canonical" }).waitFor();
});

it("what can't be decoded can't be encoded again, and the page says so", async () => {
  const { inspector } = await openReencoded("fixtures/snapshot/bad_crc.tide");
  await inspector.page.getByText("what can't be decoded can't be encoded again").waitFor();
});
