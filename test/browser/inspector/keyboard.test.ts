import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../architecture/source_files.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";

const browser = useBrowser();
const DAMAGED = "fixtures/corrupt/mixed.tide";

/** A page with a damaged capture and the keyboard on its list. */
async function openDamaged(): Promise<InspectorPage> {
  const inspector = await InspectorPage.open(browser());
  await inspector.dropAndRead(DAMAGED);
  await inspector.page.getByRole("region", { name: "Selected frame" }).getByText("· frame 0").waitFor();
  await inspector.press("Escape");
  await expect.poll(() => inspector.focusedId()).toBe("frames");
  return inspector;
}

it("what was opened has the keyboard: the next arrow walks its list", async () => {
  const inspector = await InspectorPage.open(browser());
  await inspector.dropAndRead(DAMAGED);
  await expect.poll(() => inspector.selectedFrame()).toBe(0);
  await inspector.press("ArrowDown", "ArrowDown");
  await expect.poll(() => inspector.selectedFrame()).toBe(2);
  // Pasted bytes too, when the sheet is gone.
  await inspector.press("o");
  await inspector.page.getByLabel("Bytes as hexadecimal").fill(readFileSync(join(root, DAMAGED)).toString("hex"));
  await inspector.page.getByRole("button", { name: "Open these bytes" }).click();
  await inspector.page.getByRole("dialog").waitFor({ state: "detached" });
  await expect.poll(() => inspector.page.locator(".capture").textContent()).toContain("pasted bytes");
  await expect.poll(() => inspector.selectedFrame()).toBe(0);
  await inspector.press("ArrowDown");
  await expect.poll(() => inspector.selectedFrame()).toBe(1);
});

it("arrows, Home and End walk the list; Enter goes to the fields and their bytes are marked", async () => {
  const inspector = await openDamaged();
  const { page } = inspector;
  await expect.poll(() => inspector.selectedFrame()).toBe(0);
  await inspector.press("ArrowDown", "ArrowDown");
  await expect.poll(() => inspector.selectedFrame()).toBe(2);
  await inspector.press("End");
  await expect.poll(() => inspector.selectedFrame()).toBe(136);
  await inspector.press("Home");
  await expect.poll(() => inspector.selectedFrame()).toBe(0);
  await inspector.press("Enter");
  await expect.poll(() => inspector.focusedId()).toBe("fields");
  await inspector.press("End");
  const range = await page.locator("#fields [aria-selected=true] .field-range").textContent();
  const start = Number(range!.split("–")[0]);
  await expect.poll(() => page.locator("#pane-bytes .tabs-note").textContent()).toContain(`byte ${start} `);
  // And from a byte back to the field that it belongs to.
  await inspector.press("b", "Home");
  await expect.poll(() => page.locator("#pane-bytes .tabs-note").textContent()).toContain("byte 0 ");
  await expect.poll(() => page.locator("#fields [aria-selected=true] .field-range").textContent()).toMatch(/^0–/);
  expect(inspector.faults).toEqual([]);
});

it("/ filters, tells where a filter is wrong, and completes names", async () => {
  const inspector = await openDamaged();
  const { page } = inspector;
  await inspector.press("/");
  await expect.poll(() => inspector.focusedId()).toBe("find");
  await page.keyboard.type("error");
  await inspector.press("Enter");
  await page.locator(".status-main", { hasText: "filter: 30 lines" }).waitFor();
  await page.locator("#find").fill("type == ");
  await inspector.press("Enter");
  await expect.poll(() => page.locator("#find-fault p").textContent()).toContain("At 9:");
  await page.locator("#find").fill("");
  await page.keyboard.type("agen");
  await page.getByRole("option", { name: "agentId" }).waitFor();
  await inspector.press("ArrowDown", "Enter");
  await expect(page.locator("#find").inputValue()).resolves.toMatch(/^agentId/);
});

it("keys that follow at once go where the last one led", async () => {
  const inspector = await openDamaged();
  await inspector.press("2", "Escape", "/");
  await inspector.page.keyboard.type("error");
  await expect.poll(() => inspector.focusedId()).toBe("find");
  expect(await inspector.page.locator("#find").inputValue()).toBe("error");
});

it("g goes to a frame and to a byte; n and p go from problem to problem", async () => {
  const inspector = await openDamaged();
  const rows = JSON.parse(readFileSync(join(root, DAMAGED.replace(".tide", ".json")), "utf8")).rows as {
    readonly offset: number;
    readonly error?: string;
  }[];
  const goTo = async (place: string): Promise<void> => {
    await inspector.press("g");
    await inspector.page.getByRole("textbox", { name: "Place" }).fill(place);
    await inspector.press("Enter");
  };
  await goTo("#40");
  await expect.poll(() => inspector.selectedFrame()).toBe(40);
  await goTo(`0x${(rows[7]!.offset + 1).toString(16)}`);
  await expect.poll(() => inspector.selectedFrame()).toBe(7);
  await goTo("#0");
  await expect.poll(() => inspector.selectedFrame()).toBe(0);
  const faults = rows.flatMap(({ error }, row) => (error === undefined ? [] : [row]));
  await inspector.press("Escape", "n");
  await expect.poll(() => inspector.selectedFrame()).toBe(faults[0]);
  await inspector.press("n");
  await expect.poll(() => inspector.selectedFrame()).toBe(faults[1]);
  await inspector.press("p");
  await expect.poll(() => inspector.selectedFrame()).toBe(faults[0]);
});

it("? shows the keys and Escape gives the focus back; the palette runs a command by its words", async () => {
  const inspector = await openDamaged();
  const { page } = inspector;
  await inspector.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await inspector.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await expect.poll(() => inspector.focusedId()).toBe("frames");
  await inspector.command("problems of");
  await expect.poll(() => page.getByRole("tab", { name: "Problems" }).getAttribute("aria-selected")).toBe("true");
  await inspector.press("Escape");
  await expect.poll(() => page.getByRole("tab", { name: "Frames" }).getAttribute("aria-selected")).toBe("true");
});

it("Space picks frames, and what is exported of them is their bytes", async () => {
  const inspector = await openDamaged();
  await inspector.press("ArrowDown");
  await expect.poll(() => inspector.selectedFrame()).toBe(1);
  await inspector.press("Space");
  await inspector.page.locator(".status-main", { hasText: "1 picked" }).waitFor();
  const bytes = readFileSync(join(root, DAMAGED)).subarray(65, 718);
  expect(await inspector.exportedBytes("1 picked frame", ".tide")).toEqual(bytes);
});

it("a key right behind Escape goes to the list, however fast it comes", async () => {
  const inspector = await openDamaged();
  const { page } = inspector;
  await inspector.press("Enter");
  await expect.poll(() => inspector.focusedId()).toBe("fields");
  // Both in one turn of the page: nothing is drawn between them.
  await page.evaluate(`for (const key of ["Escape", " "]) {
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  }`);
  await page.locator(".status-main", { hasText: "1 picked" }).waitFor();
});
