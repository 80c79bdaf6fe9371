import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Download } from "playwright-core";
import { describe, expect, it } from "vitest";
import { root } from "../../architecture/source_files.ts";
import { temporaryFolder } from "../../e2e/places.ts";
import { dumpLines } from "./dumped.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";

const browser = useBrowser();

type Row = Readonly<Record<string, unknown>>;

/** A capture whose frame 6 is damaged, and others behind it. */
const MIXED = "fixtures/corrupt/mixed.tide";
/** Frames to pick: some that are whole, and one that is damaged. */
const PICKED = [0, 1, 6];

/** A page with some frames of the damaged capture picked with Space. */
async function openPicked(): Promise<InspectorPage> {
  const inspector = await InspectorPage.open(browser());
  await inspector.dropAndRead(MIXED);
  for (const row of PICKED) {
    await inspector.goTo(`#${row}`);
    await expect.poll(() => inspector.selectedFrame()).toBe(row);
    await inspector.press("Escape", "Space");
  }
  await inspector.page.getByText(`${PICKED.length} picked`).waitFor();
  return inspector;
}

/** Exports what was picked; gives the files by name, as they were saved. */
async function exportPicked({ page }: InspectorPage, kind: string, names: readonly string[]): Promise<string[]> {
  const downloads: Download[] = [];
  page.on("download", (download) => downloads.push(download));
  await page.keyboard.press("e");
  const sheet = page.getByRole("dialog", { name: "Export" });
  await sheet.getByRole("radio", { name: new RegExp(`^${PICKED.length} picked frames`) }).check();
  await sheet.getByRole("radio", { name: new RegExp(`^${kind.replace(".", "\\.")}`) }).check();
  await sheet.getByRole("button", { name: "Export", exact: true }).click();
  await expect.poll(() => downloads.map((download) => download.suggestedFilename())).toEqual(names);
  const folder = temporaryFolder();
  return Promise.all(
    downloads.map(async (download, at) => {
      const path = join(folder, names[at]!);
      await download.saveAs(path);
      return path;
    }),
  );
}

function rowsOf(file: string): Row[] {
  return dumpLines(file).map((line) => JSON.parse(line));
}

/** What frames say, wherever they stand. */
function withoutPlace(rows: readonly Row[]): Row[] {
  return rows.map(({ offset, stream, ...said }) => said);
}

const all = rowsOf(MIXED);
const picked = PICKED.map((row) => all[row]!);

describe("picked frames are exported", () => {
  it("as .tide, which tidewire dump reads as the same frames", async () => {
    const [file] = await exportPicked(await openPicked(), ".tide", ["mixed-export.tide"]);
    expect(withoutPlace(rowsOf(file!))).toEqual(withoutPlace(picked));
  });

  it("as the JSON lines of tidewire dump", async () => {
    const [file] = await exportPicked(await openPicked(), "JSON lines", ["mixed-export.jsonl"]);
    const dump = dumpLines(MIXED);
    expect(readFileSync(file!, "utf8")).toBe(PICKED.map((row) => `${dump[row]}\n`).join(""));
  });

  it("as pcapng, of which tidewire dump puts the same frames together", async () => {
    const [file] = await exportPicked(await openPicked(), "pcapng", ["mixed-export.pcapng"]);
    expect(withoutPlace(rowsOf(file!))).toEqual(withoutPlace(picked));
  });

  it("as a test vector: bytes, and beside them what they say", async () => {
    const names = ["mixed-export.tide", "mixed-export.json"];
    const [bytes, rows] = await exportPicked(await openPicked(), "test vector", names);
    expect(JSON.parse(readFileSync(rows!, "utf8"))).toEqual(rowsOf(bytes!));
    expect(withoutPlace(rowsOf(bytes!))).toEqual(withoutPlace(picked));
  });
});

it("what a filter shows is exported, and nothing else", async () => {
  const inspector = await InspectorPage.open(browser());
  await inspector.dropAndRead(MIXED);
  await inspector.press("/");
  await inspector.page.keyboard.type("error");
  await inspector.press("Enter");
  await inspector.page.locator(".status-main", { hasText: "filter:" }).waitFor();
  await inspector.page.getByRole("treegrid", { name: "Frames" }).focus();
  const text = (await inspector.exportedBytes("what the filter shows", "JSON lines")).toString();
  expect(text.trim().split("\n")).toEqual(dumpLines(MIXED).filter((line) => "error" in JSON.parse(line)));
});

it("a line that stands for a message in parts means all of them", async () => {
  const file = "fixtures/snapshot/snapshot_segmented.tide";
  const inspector = await InspectorPage.open(browser());
  await inspector.dropAndRead(file);
  expect(await inspector.exportedBytes("frame 0", ".tide")).toEqual(readFileSync(join(root, file)));
});
