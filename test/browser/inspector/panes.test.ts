import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../architecture/source_files.ts";
import { dumpLines } from "./dumped.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";
import { clickByte, fieldOf, markedDigits, rangeOf, shownLines } from "./page_reading.ts";

const browser = useBrowser();

async function opened(file: string): Promise<InspectorPage> {
  const inspector = await InspectorPage.open(browser(), undefined, { viewport: { width: 1600, height: 1000 } });
  await inspector.dropAndRead(file);
  await expect.poll(() => inspector.selectedFrame()).toBe(0);
  await inspector.page.getByRole("treeitem").first().waitFor();
  return inspector;
}

it("a field marks its bytes, and a byte marks the innermost field around it", async () => {
  const file = "fixtures/snapshot/snapshot_top100.tide";
  const bytes = readFileSync(join(root, file));
  const { page } = await opened(file);
  for (const name of ["crc", "agentId", "cpuTotalPct"]) {
    const field = fieldOf(page, name);
    await field.click();
    const [start, end] = await rangeOf(field);
    await expect.poll(() => markedDigits(page, "selected")).toBe(bytes.subarray(start, end).toString("hex"));
    expect(await page.locator("#pane-bytes [role=status]").textContent()).toContain(`byte ${start} `);
  }
  const [start, end] = await rangeOf(fieldOf(page, "messageId"));
  await clickByte(page, end - 1);
  const selected = page.getByRole("treeitem", { selected: true });
  await expect.poll(() => selected.locator(".field-name").textContent()).toBe("messageId");
  expect(await rangeOf(selected)).toEqual([start, end]);
  await clickByte(page, end);
  await expect.poll(() => selected.locator(".field-name").textContent()).toBe("timestampUtcMs");
});

it("a frame chosen in the list is the one in the fields and in the bytes", async () => {
  const file = "fixtures/snapshot/stream.tide";
  const bytes = readFileSync(join(root, file));
  const { page } = await opened(file);
  const rows = dumpLines(file).map((line) => JSON.parse(line) as { readonly offset: number; readonly type: string });
  const lines = await shownLines(page);
  expect(lines.length).toBeGreaterThan(4);
  for (const [at, { number, type }] of lines.entries()) {
    const { offset } = rows[Number(number)]!;
    await page.locator(`#frames-${at}`).click();
    await page.locator("#pane-fields .tabs-note", { hasText: `${type} · frame ${number}` }).waitFor();
    const first = page.getByRole("grid", { name: "Bytes" }).getByRole("row").first();
    expect(await first.getByRole("rowheader").textContent()).toBe(offset.toString(16).padStart(6, "0"));
    const digits = (await first.locator(".hex-bytes").textContent())!.replaceAll(" ", "");
    expect(digits).toBe(bytes.subarray(offset, offset + digits.length / 2).toString("hex"));
    const frameBytes = 4 + bytes.readUInt32LE(offset);
    expect(await page.locator("#pane-bytes [role=status]").textContent()).toBe(
      `${frameBytes.toLocaleString("en")} bytes`,
    );
  }
});

it("a snapshot in parts is one line that opens into them, with a hole for each that is missing", async () => {
  const inspector = await opened("fixtures/corrupt/lost_parts.tide");
  const { page } = inspector;
  const before = await shownLines(page);
  const head = before.findIndex(({ isOpen }) => isOpen === false);
  expect(before[head]).toMatchObject({ type: "snapshot", severity: "warning" });
  expect(before[head]!.summary).toContain("3 of 5 parts");
  await page.locator(`#frames-${head}`).click();
  await inspector.press("ArrowRight");
  await expect.poll(() => shownLines(page).then(({ length }) => length)).toBe(before.length + 5);
  const parts = (await shownLines(page)).slice(head + 1, head + 6);
  expect(parts.map(({ level }) => level)).toEqual([2, 2, 2, 2, 2]);
  expect(parts.map(({ type }) => type)).toEqual(["snapshot", "snapshot", "missing", "missing", "snapshot"]);
  expect(parts[2]).toMatchObject({ summary: "part 3 of 5 is not in this capture", number: "", severity: "warning" });
  // A part is a frame of its own.
  await page.locator(`#frames-${head + 5}`).click();
  const index = fieldOf(page, "partIndex").locator(".field-value");
  await expect.poll(() => index.textContent()).toBe("4");
  await inspector.press("ArrowLeft", "ArrowLeft");
  await expect.poll(() => shownLines(page)).toEqual(before);
  expect(inspector.faults).toEqual([]);
});

it("the processes of a snapshot are a table that every column sorts, up and down", async () => {
  const inspector = await opened("fixtures/snapshot/snapshot_top100.tide");
  const { page } = inspector;
  await page.getByRole("tab", { name: "Processes 100" }).click();
  const table = page.getByRole("grid", { name: "processes, 100" });
  const [message] = await inspector.jsonLines();
  const { processes } = JSON.parse(message!).payload as { readonly processes: Record<string, number | string>[] };
  const column = async (at: number): Promise<string[]> => {
    const rows = await table.getByRole("row").all();
    const cells = await Promise.all(rows.map((row) => row.getByRole("gridcell").nth(at).textContent()));
    return cells.map(String);
  };
  const heads = page.getByRole("group", { name: "sort processes" }).getByRole("button");
  const names = (await heads.allTextContents()).map((name) => name.trim());
  const by = (name: string): Promise<void> => heads.nth(names.indexOf(name)).click();
  const pids = processes.map(({ pid }) => Number(pid));
  await by("pid");
  await expect.poll(async () => Number((await column(names.indexOf("pid")))[0])).toBe(Math.max(...pids));
  const shown = (await column(names.indexOf("pid"))).map(Number);
  expect(shown).toEqual(pids.toSorted((a, b) => b - a).slice(0, shown.length));
  await by("pid");
  await expect.poll(async () => Number((await column(names.indexOf("pid")))[0])).toBe(Math.min(...pids));
  await heads.nth(names.indexOf("pid")).and(page.getByLabel("sort by pid, sorted up")).waitFor();
  await by("name");
  const sorted = processes.map(({ name }) => String(name)).toSorted((a, b) => a.localeCompare(b));
  await expect.poll(() => column(names.indexOf("name"))).toEqual(sorted.slice(0, shown.length));
});
