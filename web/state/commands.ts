/** Everything that can be done, once: the palette, the sheet of keys, the buttons and the keyboard show and run these. */

import { undoChange } from "./editing.ts";
import type { Inspector } from "./inspector.ts";
import type { MainTab, SideTab } from "./page_state.ts";

export interface Command {
  readonly id: string;
  readonly title: string;
  /** As people read it; `key` is what the keyboard says. */
  readonly keys: string;
  readonly key: string | undefined;
  readonly group: "Capture" | "Move" | "Find" | "Look" | "Frame";
  isThere(): boolean;
  run(): void;
}

/** What the page does outside of its state: focus, links, files. */
export interface PageActions {
  focus(pane: "frames" | "fields" | "bytes" | "find"): void;
  copyLink(): void;
  copyJson(): void;
  copyBytes(): void;
  openDemo(): void;
}

type Spec = readonly [Command["group"], string, string, string | undefined, () => void, (() => boolean)?];

/** The commands of a page. */
export function commandsOf(page: Inspector, actions: PageActions): readonly Command[] {
  const has = (): boolean => page.state.current !== undefined;
  const hasFrame = (): boolean => page.state.view !== undefined;
  const tab = (id: MainTab) => (): void => page.set({ tab: id });
  const side = (id: SideTab) => (): void => page.set({ side: id });
  const call = (work: Promise<unknown>): void => void work.catch((error) => page.failed(error));
  const specs: Readonly<Record<string, Spec>> = {
    open: ["Capture", "Open a capture…", "O", "o", () => page.set({ sheet: "open" })],
    demo: ["Capture", "Open the demonstration capture", "", undefined, actions.openDemo],
    format: ["Capture", "What this was recognised as…", "", undefined, () => page.set({ sheet: "format" }), has],
    grow: [
      "Capture",
      "Read on, or what was appended",
      "R",
      "r",
      () => call(growNow(page)),
      () => page.capture?.canGrow === true,
    ],
    check: [
      "Capture",
      "Decode the contents of all frames",
      "",
      undefined,
      () => call(page.client.call("checkContents", { capture: page.state.current! })),
      has,
    ],
    export: ["Capture", "Export frames…", "E", "e", () => page.set({ sheet: "export" }), has],
    link: ["Capture", "Copy a link to this place", "L", "l", actions.copyLink, has],
    close: ["Capture", "Close this capture", "", undefined, () => call(page.close(page.state.current!)), has],
    core: ["Capture", "About the core that decodes", "", undefined, () => page.set({ sheet: "core" })],
    live: ["Capture", "Watch a server live", "", undefined, tab("live"), () => location.protocol.startsWith("http")],
    find: ["Find", "Filter or search", "/", "/", () => actions.focus("find"), has],
    goto: ["Find", "Go to a frame or an offset…", "G", "g", () => page.set({ sheet: "goto" }), has],
    next: ["Find", "Next problem", "N", "n", () => call(page.nextProblem(1)), has],
    previous: ["Find", "Previous problem", "P", "p", () => call(page.nextProblem(-1)), has],
    frames: ["Look", "Frames", "1", "1", tab("frames")],
    problems: ["Look", "Problems of the capture", "2", "2", tab("problems"), has],
    time: ["Look", "Timeline and load", "3", "3", tab("time"), has],
    compare: ["Look", "Compare two captures", "4", "4", tab("compare"), has],
    replay: ["Look", "Replay through the sessions", "5", "5", tab("replay"), has],
    fields: ["Frame", "Its fields", "F", "f", side("fields"), hasFrame],
    table: ["Frame", "Its processes", "T", "t", side("table"), () => page.state.view?.table !== undefined],
    checks: ["Frame", "What is wrong with it", "C", "c", side("problems"), hasFrame],
    recode: ["Frame", "Encode it again", "", undefined, side("recode"), hasFrame],
    edit: ["Frame", "Edit a field or bytes…", "D", "d", () => page.set({ sheet: "edit" }), hasFrame],
    undo: ["Frame", "Undo the last edit", "U", "u", () => undoChange(page), () => page.state.editing !== undefined],
    pick: ["Frame", "Pick it for an export", "Space", undefined, () => page.pick(page.state.row), hasFrame],
    json: ["Frame", "Copy it as JSON", "J", "j", actions.copyJson, hasFrame],
    bytes: ["Frame", "Copy the marked bytes", "Y", "y", actions.copyBytes, hasFrame],
    toFrames: ["Move", "To the list", "", undefined, () => actions.focus("frames")],
    toFields: ["Move", "To the fields", "Enter", undefined, () => actions.focus("fields")],
    toBytes: ["Move", "To the bytes", "B", "b", () => actions.focus("bytes")],
    keys: ["Move", "Keys", "?", "?", () => page.set({ sheet: "keys" })],
    commands: ["Move", "All commands", "Ctrl K", ":", () => page.set({ sheet: "commands" })],
  };
  return Object.entries(specs).map(([id, [group, title, keys, key, run, isThere]]) => {
    return { id, group, title, keys, key, run, isThere: isThere ?? ((): boolean => true) };
  });
}

/** Moves that have no command of their own, for the sheet of keys. */
export const MOVES: readonly (readonly [string, string])[] = [
  ["↑ ↓", "one line; PgUp PgDn a page; Home End the ends"],
  ["→ ←", "open and close; in bytes one byte"],
  ["Shift + arrows", "in bytes: mark a range"],
  ["Tab", "next part of the page; F6 next pane"],
  ["Esc", "close, clear, back to the list"],
];

async function growNow(page: Inspector): Promise<void> {
  await page.client.call("grow", { capture: page.state.current! });
}
