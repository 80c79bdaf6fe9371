/** What a person reads off the inspector. */
import type { Locator, Page } from "playwright-core";

/** One line of the list of frames as it is drawn. */
export interface ShownLine {
  readonly number: string;
  readonly type: string;
  readonly summary: string;
  /** 2 for a part of the line above. */
  readonly level: number;
  readonly isOpen: boolean | undefined;
  readonly severity: string | undefined;
}

/** The lines of the list that are drawn, from its top, all as they stand at one moment. */
export function shownLines(page: Page): Promise<ShownLine[]> {
  const rows = page.getByRole("treegrid", { name: "Frames" }).getByRole("row");
  return rows.evaluateAll((elements) =>
    elements.map((row) => {
      const cell = (name: string): string => row.querySelector(`.c-${name}`)?.textContent ?? "";
      const expanded = row.getAttribute("aria-expanded");
      return {
        number: cell("number"),
        type: cell("type").replace(/[▸▾]/, ""),
        summary: cell("summary"),
        level: Number(row.getAttribute("aria-level")),
        isOpen: expanded === null ? undefined : expanded === "true",
        severity: row.querySelector(".c-mark [role=img]")?.getAttribute("aria-label") ?? undefined,
      };
    }),
  );
}

/** One card of the checks. */
export interface ShownCard {
  readonly title: string;
  readonly facts: Readonly<Record<string, string>>;
}

/** The byte range of a field, and of the field that is selected. */
export async function rangeOf(field: Locator): Promise<readonly [number, number]> {
  const [start, end] = (await field.locator(".field-range").textContent())!.split("–").map(Number);
  return [start!, end!];
}

/** A field of the tree by its name. */
export function fieldOf(page: Page, name: string): Locator {
  const exact = page.locator(".field-name").getByText(name, { exact: true });
  return page.getByRole("treeitem").filter({ has: exact }).first();
}

/** The hexadecimal digits that a mark of the byte view covers, of the lines that are drawn. */
export async function markedDigits(page: Page, mark: "selected" | "fault" | "crc" | "hit"): Promise<string> {
  const pieces = await page.locator(`.hex-bytes .b-${mark}`).allTextContents();
  return pieces.join("").replaceAll(" ", "");
}

/** Clicks on a byte of the byte view, counted from the start of the frame; it has to be drawn. */
export async function clickByte(page: Page, at: number): Promise<void> {
  const rows = page.getByRole("grid", { name: "Bytes" }).getByRole("row");
  const lineBytes = ((await rows.first().locator(".hex-bytes").textContent())!.length + 1) / 3;
  const cell = page.locator(`#bytes-${Math.floor(at / lineBytes)} .hex-bytes`);
  const { width, height } = (await cell.boundingBox())!;
  const x = (((at % lineBytes) * 3 + 1) / (lineBytes * 3 - 1)) * width;
  await cell.click({ position: { x, y: height / 2 } });
}

/** What the checks of a frame say: each card's title, and what stands beside each name in it. */
export function cards(page: Page): Promise<ShownCard[]> {
  const all = page.getByRole("region", { name: "Checks" }).getByRole("article");
  return all.evaluateAll((elements) =>
    elements.map((card) => {
      const facts = [...card.querySelectorAll("dt")].map((name): [string, string] => [
        name.textContent ?? "",
        name.nextElementSibling?.textContent ?? "",
      ]);
      return { title: card.querySelector("h2")?.textContent ?? "", facts: Object.fromEntries(facts) };
    }),
  );
}
