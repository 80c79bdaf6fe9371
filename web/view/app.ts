import { h, type JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import { commandsOf, type PageActions } from "../state/commands.ts";
import { droppedFiles } from "../state/files.ts";
import type { Inspector } from "../state/inspector.ts";
import type { MainTab } from "../state/page_state.ts";
import { CompareView } from "./compare_view.ts";
import { BytesPane, FieldsPane } from "./detail_pane.ts";
import { FrameList } from "./frame_list.ts";
import { handleKey } from "./keyboard.ts";
import { Landing } from "./landing.ts";
import { LiveView } from "./live_view.ts";
import { Mark } from "./mark.ts";
import { ProblemList } from "./problem_list.ts";
import { ReplayPanel } from "./replay_view.ts";
import { Sheets } from "./sheets.ts";
import { Splitter } from "./splitter.ts";
import { StatusBar } from "./status_bar.ts";
import { Strip } from "./strip.ts";
import { type TabItem, Tabs } from "./tabs.ts";
import { TimeView } from "./time_view.ts";
import { TopBar } from "./top_bar.ts";

export interface AppProps {
  readonly page: Inspector;
  readonly actions: PageActions;
}

/** The page. */
export function App({ page, actions }: AppProps): JSX.Element {
  const [, setChanges] = useState(0);
  const [isOver, setIsOver] = useState(false);
  const commands = useMemo(() => commandsOf(page, actions), []);
  // Before anything else runs: what the page's address could not give is said at once.
  useLayoutEffect(() => {
    page.onChange(() => setChanges((changes) => changes + 1));
    const onKeyDown = (event: KeyboardEvent): void => handleKey(event, page, commands, actions);
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  useEffect(() => {
    // Arrows walk the list of what was just opened, unless somebody has the keyboard elsewhere.
    if (document.activeElement === document.body) document.getElementById("frames")?.focus();
  }, [page.state.current]);
  const drop = {
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      setIsOver(true);
    },
    onDragLeave: (event: DragEvent) => {
      if (event.relatedTarget === null) setIsOver(false);
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      setIsOver(false);
      if (event.dataTransfer === null) return;
      droppedFiles(event.dataTransfer)
        .then((asks) => page.open(asks))
        .catch((error) => page.failed(error));
    },
  };
  const { current, notice, tab } = page.state;
  const openFiles = (files: readonly File[]): void =>
    void page.open(files.map((blob) => ({ name: blob.name, blob }))).catch((error) => page.failed(error));
  return h(
    "div",
    { class: `app ${isOver ? "is-over" : ""}`, ...drop },
    h(TopBar, { page }),
    current === undefined && tab !== "live"
      ? h(Landing, { page, onDemo: actions.openDemo })
      : h(Work, { page, actions }),
    h(StatusBar, { page }),
    h(Sheets, { page, commands, openFiles, openDemo: actions.openDemo }),
    notice === undefined
      ? null
      : h(
          "div",
          { class: `toast ${notice.severity}`, role: notice.severity === "note" ? "status" : "alert" },
          h(Mark, { severity: notice.severity }),
          h("span", { class: "grow" }, notice.text),
          h("button", { type: "button", class: "plain", onClick: () => page.set({ notice: undefined }) }, "Dismiss"),
        ),
  );
}

function Work({ page, actions }: AppProps): JSX.Element {
  const { tab } = page.state;
  const { capture } = page;
  const items: TabItem<MainTab>[] = [
    { id: "frames", title: "Frames" },
    { id: "problems", title: "Problems", count: capture?.faults ?? 0 },
    { id: "time", title: "Time" },
    { id: "compare", title: "Compare" },
    { id: "replay", title: "Replay" },
  ];
  if (location.protocol.startsWith("http")) items.push({ id: "live", title: "Live" });
  const isWide = tab === "time" || tab === "compare" || (tab === "live" && page.state.live?.capture === undefined);
  return h(
    "main",
    { class: `work ${isWide ? "is-wide" : ""} ${capture === undefined ? "is-bare" : ""}` },
    capture === undefined ? null : h(Strip, { page }),
    h(
      "div",
      { class: "panes" },
      h(
        "section",
        { class: "pane pane-main", "aria-label": "Capture" },
        h(Tabs<MainTab>, {
          label: "Capture",
          name: "main",
          items,
          current: tab,
          onChange: (id) => page.set({ tab: id }),
        }),
        h(
          "div",
          { class: "pane-body", id: "main-panel", role: "tabpanel", "aria-labelledby": `main-tab-${tab}` },
          mainView(page, actions),
        ),
      ),
      h(Splitter, { name: "detail", label: "Width of the list", orientation: "vertical" }),
      h(
        "div",
        { class: "detail" },
        h(FieldsPane, { page }),
        h(Splitter, { name: "bytes", label: "Height of the fields", orientation: "horizontal" }),
        h(BytesPane, { page }),
      ),
    ),
  );
}

function mainView(page: Inspector, actions: PageActions): JSX.Element {
  switch (page.state.tab) {
    case "frames":
      return h(FrameList, { page, onEnter: () => actions.focus("fields") });
    case "problems":
      return h(ProblemList, { page });
    case "time":
      return h(TimeView, { page });
    case "compare":
      return h(CompareView, { page });
    case "replay":
      return h(ReplayPanel, { page });
    case "live":
      return h(LiveView, { page, onEnter: () => actions.focus("fields") });
  }
}
