import type { EditAsk, EditView } from "../worker_messages.ts";
import type { Inspector } from "./inspector.ts";

/** Steps that can be undone. */
const MAX_UNDO = 64;

/**
 * Asks for a change of the frame that is shown. Rejects with why it can't be.
 *
 * @param from the bytes to change, if they are not those that are shown
 */
export async function changeFrame(
  page: Inspector,
  change: EditAsk["change"],
  checks: EditAsk["checks"],
  from?: Uint8Array,
): Promise<void> {
  const { current, view, editing } = page.state;
  if (current === undefined || view === undefined) return;
  const bytes = from ?? editing?.view.bytes ?? view.bytes;
  const before: EditView = editing?.view ?? { ...view, content: view.content };
  const edited = await page.client.call("edit", { capture: current, row: view.row, bytes, change, checks });
  const steps = [...(editing?.before ?? []), before].slice(-MAX_UNDO);
  page.set({ editing: { capture: current, row: view.row, view: edited, before: steps } });
}

/** Takes the last change back. */
export function undoChange(page: Inspector): void {
  const { editing } = page.state;
  if (editing === undefined) return;
  const before = editing.before.slice(0, -1);
  const view = editing.before.at(-1)!;
  page.set({ editing: before.length === 0 ? undefined : { ...editing, view, before } });
}
