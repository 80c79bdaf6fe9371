import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../e2e/places.ts";
import { dumpLines } from "./dumped.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";
import { snapshotFrame, writeCapture } from "./made_frames.ts";
import { cards, fieldOf } from "./page_reading.ts";

const browser = useBrowser();

/** A capture of one frame, a snapshot of the agent `db-1` with 12.5 % of CPU, opened. */
async function openSnapshot(): Promise<InspectorPage> {
  const inspector = await InspectorPage.open(browser());
  await inspector.dropAndRead(writeCapture("one.tide", snapshotFrame(2, 2, 12.5)));
  await fieldOf(inspector.page, "cpuTotalPct").waitFor();
  return inspector;
}

/** Gives a field another value, in the ways that the sheet names; the sheet closes with that. */
async function editField(page: Page, name: string, value: string, ...ways: readonly string[]): Promise<void> {
  await askForEdit(page, name, value, ...ways);
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

async function askForEdit(page: Page, name: string, value: string, ...ways: readonly string[]): Promise<void> {
  await fieldOf(page, name).click();
  await page.keyboard.press("d");
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("textbox", { name: "Value" }).fill(value);
  for (const way of ways) {
    const radio = sheet.getByRole("radio", { name: new RegExp(`^${way}`) });
    await radio.check();
    // Another way shows the value in its own form.
    await sheet.getByRole("textbox", { name: "Value" }).fill(value);
  }
  await sheet.getByRole("button", { name: "Apply" }).click();
}

async function checkTitles({ page }: InspectorPage): Promise<string[]> {
  // Marks and codes stand beside it in the same heading.
  return (await cards(page)).map(({ title }) => title.replace(/^[✕▲○]|[A-Z_]+$/g, ""));
}

/** What `tidewire dump --json` says of the edited frame that the page exports. */
async function dumpEdited(inspector: InspectorPage): Promise<Record<string, unknown>[]> {
  const file = join(temporaryFolder(), "edited.tide");
  writeFileSync(file, await inspector.exportedBytes("the edited frame"));
  return dumpLines(file).map((line) => JSON.parse(line));
}

describe("a field", () => {
  it("is set and the message encoded anew, with length and CRC made right", async () => {
    const inspector = await openSnapshot();
    await editField(inspector.page, "agentId", "a-much-longer-name");
    await expect.poll(() => fieldOf(inspector.page, "agentId").textContent()).toContain("a-much-longer-name");
    await editField(inspector.page, "cpuTotalPct", "93.25");
    await expect.poll(() => fieldOf(inspector.page, "cpuTotalPct").textContent()).toContain("93.25");
    await inspector.press("c");
    await expect
      .poll(async () => (await cards(inspector.page)).map(({ title }) => title))
      .toEqual(["The CRC-32 holds"]);
    const [row, ...more] = await dumpEdited(inspector);
    expect(more).toEqual([]);
    expect(row).toMatchObject({ agentId: "a-much-longer-name", payload: { cpuTotalPct: 93.25 } });
    expect(inspector.faults).toEqual([]);
  });

  it("is set with a CRC that is left wrong on purpose, and both are shown and found by the agent's decoder", async () => {
    const inspector = await openSnapshot();
    await editField(inspector.page, "cpuTotalPct", "93.25", "leave them");
    await inspector.press("c");
    await expect.poll(() => checkTitles(inspector)).toEqual(["The CRC does not hold", "The CRC-32 does not hold"]);
    const [problem, checksum] = await cards(inspector.page);
    expect(problem!.facts["receiver"]).toContain("answers Error CRC_MISMATCH");
    expect(checksum!.facts["stored"]).not.toBe(checksum!.facts["computed"]);
    expect((await dumpEdited(inspector)).map(({ error }) => error)).toEqual(["CRC_MISMATCH"]);
  });

  it("has its bytes replaced by what no encoder would write, and the page says what a receiver finds", async () => {
    const inspector = await openSnapshot();
    await editField(inspector.page, "cpuTotalPct", "NaN", "replace the field's bytes");
    await inspector.press("c");
    await expect
      .poll(() => checkTitles(inspector))
      .toEqual(["A payload that breaks its own rules", "The CRC-32 holds"]);
    expect((await dumpEdited(inspector)).map(({ error }) => error)).toEqual(["PAYLOAD_MALFORMED"]);
  });

  it("is the length, left wrong: the page says what a stream would make of it", async () => {
    const inspector = await openSnapshot();
    await editField(inspector.page, "length", "100000", "replace the field's bytes");
    await inspector.press("c");
    await expect.poll(async () => (await checkTitles(inspector))[0]).toBe("The end lies inside a frame");
    expect((await dumpEdited(inspector)).map(({ error }) => error)).toEqual(["TRUNCATED"]);
  });

  it("of what was compressed is set, and the frame is compressed again", async () => {
    const inspector = await InspectorPage.open(browser());
    await inspector.dropAndRead("fixtures/snapshot/snapshot_zstd.tide");
    await editField(inspector.page, "cpuTotalPct", "1.5");
    await expect.poll(() => fieldOf(inspector.page, "cpuTotalPct").textContent()).toContain("1.5");
    expect(await dumpEdited(inspector)).toMatchObject([{ flags: 1, payload: { cpuTotalPct: 1.5 } }]);
  });

  it("takes no value that is not of its type", async () => {
    const inspector = await openSnapshot();
    await askForEdit(inspector.page, "processTotal", "many");
    const sheet = inspector.page.getByRole("dialog", { name: "payload.processTotal" });
    await sheet.getByRole("alert").getByText('"many" is not a number').waitFor();
  });
});

it("bytes are replaced by digits; undo takes one edit after the other back", async () => {
  const inspector = await openSnapshot();
  const { page } = inspector;
  const platform = fieldOf(page, "platform");
  const before = await platform.textContent();
  await editField(page, "platform", "01", "replace bytes");
  await expect.poll(() => platform.textContent()).not.toBe(before);
  await editField(page, "platform", "03", "replace bytes");
  expect(await dumpEdited(inspector)).toMatchObject([{ platform: 3 }]);
  await inspector.press("u");
  expect(await dumpEdited(inspector)).toMatchObject([{ platform: 1 }]);
  await inspector.press("u");
  await expect.poll(() => platform.textContent()).toBe(before);
  await inspector.press("e");
  const sheet = page.getByRole("dialog", { name: "Export" });
  await sheet.getByRole("radio", { name: "frame 0" }).waitFor();
  expect(await sheet.getByRole("radio", { name: "the edited frame" }).count()).toBe(0);
});

it("digits that are no bytes are refused", async () => {
  const inspector = await openSnapshot();
  for (const digits of ["0", "zz", "01 2"]) {
    await askForEdit(inspector.page, "platform", digits, "replace bytes");
    await inspector.page.getByRole("dialog").getByRole("alert").getByText(`"${digits}" is not bytes`).waitFor();
    await inspector.press("Escape");
    await inspector.page.getByRole("dialog").waitFor({ state: "detached" });
  }
});
