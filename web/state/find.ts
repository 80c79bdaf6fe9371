/** Filter and search. */
import type { SearchPlace, TextFault } from "../worker_messages.ts";
import type { Inspector } from "./inspector.ts";

/** Applies the filter, or goes to the next match of the search. */
export async function runFind(page: Inspector, step: 1 | -1): Promise<void> {
  const { findMode } = page.state;
  try {
    if (findMode === "filter") await applyFilter(page);
    else if (step === 1) await searchOn(page);
  } catch (error) {
    page.failed(error);
  } finally {
    page.set({ task: undefined });
  }
}

/** Empties the find bar and shows all frames. */
export async function clearFind(page: Inspector): Promise<void> {
  const { filter } = page.state;
  page.set({ findText: "", findFault: undefined, hit: undefined });
  if (filter !== "") await runFind(page, 1);
}

async function applyFilter(page: Inspector): Promise<void> {
  const { current, findText, row } = page.state;
  if (current === undefined) return;
  const fault = await page.client.call("filter", { capture: current, text: findText }, taskOf(page, "Filtering"));
  if (fault !== null) return page.set({ findFault: fault });
  page.rows.refresh(true);
  page.set({ filter: findText.trim(), findFault: undefined });
  const position = row < 0 ? -1 : await page.client.call("positionOf", { capture: current, row });
  page.set({ position });
  if (position < 0 && (page.capture?.listRows ?? 0) > 0) await page.selectPosition(0);
}

async function searchOn(page: Inspector): Promise<void> {
  const { current, findText, findMode, hit, row } = page.state;
  if (current === undefined || findMode === "filter" || findText === "") return;
  const needle = { kind: findMode, text: findText, ignoresCase: true };
  const first: SearchPlace = { row: Math.max(0, row), start: 0, of: "frame" };
  const from = hit === undefined ? first : { ...hit, start: hit.start + 1 };
  const found = await page.client.call("search", { capture: current, needle, from }, taskOf(page, "Searching"));
  if (found === null)
    return page.set({ hit: undefined, notice: { severity: "note", text: "not found from here to the end" } });
  if (isFault(found)) return page.set({ findFault: found });
  page.set({ hit: found });
  await page.goToRow(found.row, found.start, found.of);
}

function isFault(found: object): found is TextFault {
  return "expected" in found;
}

/** Shows how far a call is, with a way to stop it. */
export function taskOf(
  page: Inspector,
  title: string,
): { signal: AbortSignal; onProgress(done: number, total: number): void } {
  const stop = new AbortController();
  const cancel = (): void => stop.abort();
  return {
    signal: stop.signal,
    onProgress: (done, total) => page.set({ task: { title, done, total, cancel } }),
  };
}
