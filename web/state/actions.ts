import { MAX_CARRIED_BYTES, packCapture, writePlace } from "../place_link.ts";
import type { PageActions } from "./commands.ts";
import type { Inspector } from "./inspector.ts";

/** What commands do outside of the page's state. */
export function pageActions(page: Inspector): PageActions {
  const quietly = (work: Promise<unknown>): void => void work.catch((error) => page.failed(error));
  return {
    focus: (pane) => focusPane(page, pane),
    copyLink: () => quietly(copyLink(page)),
    copyJson: () => quietly(copyText(page, page.state.editing?.view.json ?? page.state.view?.json ?? "", "JSON")),
    copyBytes: () => quietly(copyText(page, markedDigits(page), "bytes")),
    openDemo: () => quietly(page.open([{ name: "demonstration.tide", isDemo: true }])),
  };
}

/** Counts the panes that were asked for: only the last one takes the keyboard. */
let panesAsked = 0;

function focusPane(page: Inspector, pane: Parameters<PageActions["focus"]>[0]): void {
  const { tab, side } = page.state;
  const isHidden = (pane === "frames" && tab !== "frames") || (pane === "fields" && side !== "fields");
  if (isHidden) page.set(pane === "frames" ? { tab: "frames" } : { side: "fields" });
  const mine = ++panesAsked;
  const take = (): void => {
    if (mine !== panesAsked) return;
    const element = document.getElementById(pane);
    element?.focus();
    if (element instanceof HTMLInputElement) element.select();
    if (pane === "fields" && page.state.field < 0 && page.fields.length > 0) page.selectField(0);
    if (pane === "bytes" && page.state.caret < 0) page.selectByte(0, false);
  };
  // What was just shown is there after the next drawing; into what is there already, people type at once.
  if (isHidden) requestAnimationFrame(take);
  else take();
}

async function copyText(page: Inspector, text: string, what: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  page.notify("note", `${what} copied`);
}

function markedDigits(page: Inspector): string {
  const { caret, anchor, field } = page.state;
  const bytes = page.bytes ?? new Uint8Array(0);
  const line = page.fields[field];
  const isRange = anchor >= 0 && caret !== anchor;
  const [start, end] = isRange
    ? [Math.min(caret, anchor), Math.max(caret, anchor) + 1]
    : line === undefined
      ? [0, bytes.length]
      : [line.start, line.end];
  return Array.from(bytes.subarray(start, end), (value) => value.toString(16).padStart(2, "0")).join(" ");
}

/** The address of this place; a small capture goes with it, so that the link works for whoever gets it. */
async function copyLink(page: Inspector): Promise<void> {
  const { view, caret, current } = page.state;
  if (current === undefined) return;
  const base = location.href.replace(/#.*$/, "");
  const isAddressed = new URLSearchParams(location.search).has("url");
  const bytes = isAddressed
    ? undefined
    : await page.client.call("whole", { capture: current, maxBytes: MAX_CARRIED_BYTES });
  const packed = bytes === undefined || bytes === null ? undefined : await packCapture(bytes);
  const offset = view === undefined || caret < 0 ? undefined : view.offset + caret;
  const link = base + writePlace({ row: view?.row, offset, packed });
  history.replaceState(null, "", link);
  await navigator.clipboard.writeText(link);
  page.notify(
    packed === undefined && !isAddressed ? "warning" : "note",
    packed === undefined
      ? isAddressed
        ? "link copied"
        : "link copied, without the capture: it is too large for a link (16 KiB packed), who gets it has to open the file first"
      : "link copied, with the capture in it",
  );
}
