import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root, temporaryFolder } from "../../e2e/places.ts";
import { dumpLines } from "./dumped.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";
import { cards, fieldOf } from "./page_reading.ts";

const browser = useBrowser();
const FILE = "fixtures/snapshot/heartbeat.tide";

async function opened(): Promise<InspectorPage> {
  const inspector = await InspectorPage.open(browser());
  await inspector.dropAndRead(FILE);
  await inspector.page.getByRole("treeitem").first().waitFor();
  return inspector;
}

/** Gives a field of the frame another value, as the sheet lets a person do. */
async function edit({ page }: InspectorPage, field: string, value: string, ...choices: string[]): Promise<void> {
  await page.getByRole("tab", { name: "Fields" }).click();
  await fieldOf(page, field).click();
  await page.keyboard.press("d");
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Value").fill(value);
  for (const choice of choices) await sheet.getByRole("radio", { name: choice }).check();
  await sheet.getByRole("button", { name: "Apply" }).click();
  await sheet.waitFor({ state: "detached" });
}

/** What the command line says of the edited frame. */
async function dumpedEdit(inspector: InspectorPage): Promise<Record<string, unknown>> {
  const file = join(temporaryFolder(), "edited.tide");
  writeFileSync(file, await inspector.exportedBytes("the edited frame"));
  const lines = dumpLines(file);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0]!);
}

it("an edited field changes nothing else, and length and CRC are made right", async () => {
  const inspector = await opened();
  await edit(inspector, "agentId", "a-much-longer-agent-name.example");
  expect(await fieldOf(inspector.page, "agentId").textContent()).toContain("a-much-longer-agent-name.example");
  const [before] = dumpLines(FILE);
  const { agentId, ...same } = await dumpedEdit(inspector);
  expect(agentId).toBe("a-much-longer-agent-name.example");
  expect(JSON.parse(before!)).toMatchObject(same);
  await inspector.page.getByRole("tab", { name: "Checks" }).click();
  await inspector.page.getByRole("heading", { name: "The CRC-32 holds" }).waitFor();
  expect(inspector.faults).toEqual([]);
});

it("a CRC that is left wrong on purpose is wrong here and on the command line", async () => {
  const inspector = await opened();
  const { page } = inspector;
  await edit(inspector, "timestampUtcMs", "1750000178000", "leave them");
  expect((await dumpedEdit(inspector))["error"]).toBe("CRC_MISMATCH");
  await page.getByRole("tab", { name: "Checks" }).click();
  await page.getByRole("heading", { name: "The CRC-32 does not hold" }).waitFor();
  const [problem] = await cards(page);
  expect(problem!.title).toContain("CRC_MISMATCH");
  expect(problem!.facts["rule"]).toMatch(/^§/);
});

it("a length that is left wrong on purpose is told as the command line tells it", async () => {
  const inspector = await opened();
  const { page } = inspector;
  await edit(inspector, "agentId", "a", "leave them");
  expect((await dumpedEdit(inspector))["error"]).toBe("TRUNCATED");
  await page.getByRole("tab", { name: "Checks" }).click();
  expect((await cards(page))[0]!.title).toContain("TRUNCATED");
});

it("edits are taken back one by one, and the capture stays as it is", async () => {
  const inspector = await opened();
  const { page } = inspector;
  const value = (): Promise<string | null> => fieldOf(page, "platform").locator(".field-value").textContent();
  const first = await value();
  await edit(inspector, "platform", "1");
  await edit(inspector, "agentId", "other");
  await inspector.press("u");
  await expect.poll(() => fieldOf(page, "agentId").textContent()).not.toContain("other");
  expect(await value()).toBe("1");
  await inspector.press("u");
  await expect.poll(value).toBe(first);
  expect(await inspector.exportedBytes("the whole capture", ".tide")).toEqual(readFileSync(join(root, FILE)));
});

it("a value that the field can't have is refused with the reason", async () => {
  const inspector = await opened();
  const { page } = inspector;
  await fieldOf(page, "platform").click();
  await inspector.press("d");
  await page.getByLabel("Value").fill("many");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("alert").filter({ hasText: '"many" is not a number' }).waitFor();
});
