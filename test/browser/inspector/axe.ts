import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser } from "playwright-core";
import { InspectorPage, WINDOW } from "./inspector_page.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** How a person may have the page in front of them. */
export interface Look {
  readonly colorScheme: "light" | "dark";
  readonly width: number;
}

/** Both themes on a laptop, and a telephone: it shows less, in the same colours. */
export const LOOKS: readonly Look[] = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 1280 },
  { colorScheme: "dark", width: 360 },
];

/** Opens the page with one look. What moves has other colours on its way, so nothing moves. */
export function openLook(browser: Browser, { colorScheme, width }: Look, url?: string): Promise<InspectorPage> {
  const viewport = { ...WINDOW, width };
  return InspectorPage.open(browser, url, { colorScheme, viewport, reducedMotion: "reduce" });
}

/** What axe finds on the page as it stands, one line each. */
export async function violations({ page }: InspectorPage): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe);
  const found = (await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then((run) => run.violations)",
  )) as {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
  return found.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 160)}`));
}
