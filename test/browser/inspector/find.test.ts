import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../architecture/source_files.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";
import { markedDigits, shownLines } from "./page_reading.ts";

const browser = useBrowser();
const DAMAGED = "fixtures/corrupt/mixed.tide";

interface Message {
  readonly error?: string;
  readonly type?: string;
  readonly agentId?: string;
  readonly messageId?: string;
  readonly payload?: { readonly cpuTotalPct?: number };
}

/** Types a filter and runs it. */
async function filter({ page }: InspectorPage, text: string): Promise<void> {
  await page.getByRole("combobox", { name: "Filter" }).fill(text);
  await page.getByRole("combobox", { name: "Filter" }).press("Enter");
}

async function demonstration(): Promise<{ readonly inspector: InspectorPage; readonly messages: readonly Message[] }> {
  const inspector = await InspectorPage.open(browser());
  await inspector.command("demonstration");
  await inspector.read();
  const messages = (await inspector.jsonLines()).map((line) => JSON.parse(line) as Message);
  return { inspector, messages };
}

describe("the filter", () => {
  it("leaves the frames that pass, and only them", async () => {
    const { inspector, messages } = await demonstration();
    const filters: readonly (readonly [string, (message: Message) => boolean])[] = [
      ["error", ({ error }) => error !== undefined],
      ['agentId ~ "db" && type == handshake', ({ agentId, type }) => agentId === "db-1" && type === "handshake"],
      ["type == snapshot && payload.cpuTotalPct > 60", ({ payload }) => (payload?.cpuTotalPct ?? 0) > 60],
    ];
    for (const [text, passes] of filters) {
      await filter(inspector, text);
      const numbers = messages.flatMap((message, row) => (passes(message) ? [row] : []));
      expect(numbers.length, text).toBeGreaterThan(0);
      const shown = async (): Promise<number[]> =>
        (await shownLines(inspector.page)).map(({ number }) => Number(number.replaceAll(",", "")));
      await expect.poll(shown, { message: text }).toEqual(numbers);
    }
    await inspector.page.getByRole("treegrid", { name: "Frames" }).focus();
    // What is exported of a filtered list is what it shows.
    const bytes = (await inspector.exportedBytes("what the filter shows", "JSON lines")).toString().trim();
    const exported = bytes.split("\n").map((line) => JSON.parse(line) as Message);
    expect(exported.map(({ messageId }) => messageId)).toEqual(
      messages.filter(filters[2]![1]).map(({ messageId }) => messageId),
    );
    await inspector.page.getByRole("combobox", { name: "Filter" }).press("Escape");
    await expect.poll(() => inspector.page.locator(".status").textContent()).not.toContain("filter:");
    expect(inspector.faults).toEqual([]);
  });

  it("completes names, operators and the values that the capture has", async () => {
    const { inspector } = await demonstration();
    const { page } = inspector;
    const field = page.getByRole("combobox", { name: "Filter" });
    const offered = page.getByRole("listbox", { name: "Completions" }).getByRole("option");
    await field.pressSequentially("payload.cpuT");
    await offered.filter({ hasText: "payload.cpuTotalPct" }).waitFor();
    await field.press("ArrowDown");
    await field.press("Tab");
    await expect.poll(() => field.inputValue()).toMatch(/^payload\.cpuTotalPct/);
    await field.fill("");
    await field.pressSequentially("agentId == we");
    await offered.filter({ hasText: "web-7" }).click();
    await expect.poll(() => field.inputValue()).toContain("web-7");
    await field.press("Enter");
    await page.locator(".status", { hasText: "filter:" }).waitFor();
    const agents = async (): Promise<Set<string>> => {
      const shown = await page.locator("#frames .c-sender").allTextContents();
      return new Set(shown.map((agent) => agent.replace(/^[→←] /, "")));
    };
    await expect.poll(agents).toEqual(new Set(["web-7"]));
  });

  it("points at what is wrong with it, and keeps the list as it was", async () => {
    const { inspector } = await demonstration();
    const { page } = inspector;
    const before = await shownLines(page);
    const text = "type == snapshot && payload.cpuTotalPct >";
    await filter(inspector, text);
    const fault = page.getByRole("alert");
    await fault.waitFor();
    expect(await fault.textContent()).toMatch(new RegExp(`At ${text.length + 1}: found .+, expected .+`));
    const [shown, pointer] = (await fault.locator("pre").textContent())!.split("\n");
    expect(shown).toBe(text);
    expect(pointer!.indexOf("^")).toBe(text.length);
    expect(await page.getByRole("combobox", { name: "Filter" }).getAttribute("aria-invalid")).toBe("true");
    expect(await shownLines(page)).toEqual(before);
  });
});

describe("the search", () => {
  const bytes = readFileSync(join(root, DAMAGED));
  const rows = (
    JSON.parse(readFileSync(join(root, DAMAGED.replace(".tide", ".json")), "utf8")) as {
      readonly rows: readonly { readonly offset: number; readonly messageId?: string }[];
    }
  ).rows;
  const rowAt = (offset: number): number => rows.findLastIndex((row) => row.offset <= offset);

  async function searched(kind: string, text: string): Promise<InspectorPage> {
    const inspector = await InspectorPage.open(browser());
    await inspector.dropAndRead(DAMAGED);
    await inspector.page.getByRole("combobox", { name: "What to find" }).selectOption(kind);
    const field = inspector.page.getByRole("combobox", { name: `Search ${kind.toLowerCase()}` });
    await field.fill(text);
    await field.press("Enter");
    return inspector;
  }

  it("finds bytes, marks them, and goes on to the next with Enter", async () => {
    const row = rows.findLastIndex(({ messageId }) => messageId !== undefined);
    const id = rows[row]!.messageId!;
    const inspector = await searched("Bytes", id.match(/../g)!.join(" "));
    await expect.poll(() => inspector.selectedFrame()).toBe(row);
    await expect.poll(() => markedDigits(inspector.page, "hit")).toBe(id);
    await inspector.press("Enter");
    await inspector.page.getByText("not found from here to the end").waitFor();
  });

  it("finds text wherever it stands, one place after the other", async () => {
    const inspector = await searched("Text", "DB-7.example");
    const places: number[] = [];
    for (let at = bytes.indexOf("db-7.example"); at >= 0; at = bytes.indexOf("db-7.example", at + 1)) places.push(at);
    await expect.poll(() => inspector.selectedFrame()).toBe(rowAt(places[0]!));
    await expect.poll(() => markedDigits(inspector.page, "hit")).toBe(Buffer.from("db-7.example").toString("hex"));
    await inspector.press("Enter");
    await expect.poll(() => inspector.selectedFrame()).toBe(rowAt(places[1]!));
  });

  it("finds a number as it is written in bytes", async () => {
    // The agent's memory, a u64 of each snapshot.
    const wanted = 4_000_000_000;
    const digits = Buffer.alloc(8);
    digits.writeBigUInt64LE(BigInt(wanted));
    const inspector = await searched("Number", String(wanted));
    await expect.poll(() => inspector.selectedFrame()).toBe(rowAt(bytes.indexOf(digits)));
    expect(digits.toString("hex")).toContain(await markedDigits(inspector.page, "hit"));
  });

  it("says what is wrong with bytes that are none", async () => {
    const inspector = await searched("Bytes", "de ad xy");
    await expect.poll(() => inspector.page.getByRole("alert").textContent()).toMatch(/At 7: found .*x/);
  });

  it("a jump to an offset ends on that byte, and one behind the end is refused", async () => {
    const inspector = await InspectorPage.open(browser());
    await inspector.dropAndRead(DAMAGED);
    const { offset } = rows[50]!;
    await inspector.goTo(`0x${(offset + 9).toString(16)}`);
    await expect.poll(() => inspector.selectedFrame()).toBe(50);
    const note = inspector.page.locator("#pane-bytes [role=status]");
    await expect.poll(() => note.textContent()).toContain("byte 9 ");
    await inspector.goTo("+3");
    await expect.poll(() => note.textContent()).toContain("byte 12 ");
    await inspector.goTo(String(bytes.length + 5));
    await inspector.page.getByText(`no frame holds byte ${bytes.length + 5}`).waitFor();
  });
});
