import type { Command, PageActions } from "../state/commands.ts";
import type { Inspector } from "../state/inspector.ts";

const PANES = ["frames", "fields", "bytes"] as const;

/** Runs the command of a key, unless somebody types. */
export function handleKey(
  event: KeyboardEvent,
  page: Inspector,
  commands: readonly Command[],
  actions: PageActions,
): void {
  if (event.defaultPrevented) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    page.set({ sheet: page.state.sheet === "commands" ? undefined : "commands" });
    return;
  }
  if (page.state.sheet !== undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "F6") {
    event.preventDefault();
    actions.focus(nextPane(event.shiftKey ? -1 : 1));
    return;
  }
  const isTyping = event.target instanceof Element && event.target.closest("input, textarea, select") !== null;
  if (event.key === "Escape") leave(page, actions);
  if (isTyping) return;
  const command = commands.find(({ key }) => key === event.key);
  if (command === undefined || !command.isThere()) return;
  event.preventDefault();
  command.run();
}

/** One thing at a time: what was said, what is under way, the view, and at last to the list. */
function leave(page: Inspector, actions: PageActions): void {
  if (page.state.notice !== undefined) page.set({ notice: undefined });
  else if (page.state.task !== undefined) page.state.task.cancel();
  else if (page.state.tab !== "frames") page.set({ tab: "frames" });
  else actions.focus("frames");
}

function nextPane(step: 1 | -1): (typeof PANES)[number] {
  const here = PANES.findIndex(
    (id) => document.activeElement?.closest(`#${id}`) !== null && document.activeElement !== null,
  );
  return PANES[(here + step + PANES.length) % PANES.length]!;
}
