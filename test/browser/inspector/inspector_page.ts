import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { findChromium } from "../../../scripts/find_chromium.mjs";
import { root } from "../../architecture/source_files.ts";

/** The page as one file, from the disk. */
export const ONE_FILE: string = pathToFileURL(join(root, "dist/inspector.html")).href;
/** A laptop's window. */
export const WINDOW: { readonly width: number; readonly height: number } = { width: 1280, height: 800 };

/** A browser for the tests of a file. */
export function useBrowser(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await chromium.launch(await findChromium(console.log));
  });
  afterAll(() => browser?.close());
  return () => browser!;
}

/** The inspector as a person has it in front of them: files are dropped from the disk, keys are pressed, downloads are read. */
export class InspectorPage {
  readonly page: Page;
  /** What went wrong in the page and was not shown by it. */
  readonly faults: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.faults.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") this.faults.push(message.text());
    });
  }

  /** Opens the page in a context of its own, which ends with the test. */
  static async open(
    browser: Browser,
    url: string = ONE_FILE,
    options: BrowserContextOptions = {},
  ): Promise<InspectorPage> {
    const context = await browser.newContext({ locale: "en-US", viewport: WINDOW, ...options });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const inspector = new InspectorPage(page);
    await page.goto(url);
    await page.locator(".status").waitFor();
    return inspector;
  }

  /** Drops files of the disk on the page, as a person does. */
  async drop(...files: string[]): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    const data = { items: [], files: files.map((file) => resolve(root, file)), dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"] as const) {
      await session.send("Input.dispatchDragEvent", { type, x: 300, y: 400, data });
    }
    await session.detach();
  }

  /** Drops one file and waits until it has been read to its end. */
  async dropAndRead(file: string): Promise<void> {
    await this.drop(file);
    await this.read();
  }

  /** Waits until the capture that is shown has been read to its end. */
  async read(): Promise<void> {
    await this.page.locator(".status", { hasText: "read in" }).waitFor();
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Runs a command through the palette. */
  async command(words: string): Promise<void> {
    await this.press("Control+k");
    await this.page.getByRole("combobox", { name: "Command" }).fill(words);
    await this.press("Enter");
  }

  /** Goes to a place as it is typed: `#12`, `0x1f40`, `+16`. */
  async goTo(place: string): Promise<void> {
    await this.press("g");
    await this.page.getByRole("textbox", { name: "Place" }).fill(place);
    await this.press("Enter");
    await this.page.getByRole("dialog").waitFor({ state: "detached" });
    if (!place.startsWith("#")) return;
    const shown = this.page.getByRole("region", { name: "Selected frame" });
    await shown.getByText(new RegExp(`· frame ${place.slice(1)}$`)).waitFor();
  }

  /** What the page saves as JSON lines of the whole capture. */
  async jsonLines(): Promise<string[]> {
    const text = (await this.exportedBytes("the whole capture", "JSON lines")).toString();
    return text.split("\n").filter((line) => line !== "");
  }

  /** The file that an export makes. */
  async exportedBytes(which: string, kind?: string): Promise<Buffer> {
    await this.press("e");
    const sheet = this.page.getByRole("dialog", { name: "Export" });
    for (const choice of kind === undefined ? [which] : [which, kind]) {
      // By how its name begins: some name others in what they say of themselves.
      await sheet.getByRole("radio", { name: new RegExp(`^${choice.replaceAll(".", "\\.")}`) }).check();
    }
    const [download] = await Promise.all([
      this.page.waitForEvent("download"),
      sheet.getByRole("button", { name: "Export", exact: true }).click(),
    ]);
    return readFileSync(await download.path());
  }

  /** The id of the element that has the keyboard. */
  async focusedId(): Promise<string> {
    return (await this.page.locator(":focus").getAttribute("id")) ?? "";
  }

  /** The number of the frame that is selected. */
  async selectedFrame(): Promise<number> {
    const text = await this.page.locator("#frames [aria-selected=true] .c-number").textContent();
    return Number(text?.replaceAll(/\D/g, ""));
  }
}
