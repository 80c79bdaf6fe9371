import { h, type JSX } from "preact";
import type { Inspector } from "../state/inspector.ts";
import type { ListRow } from "../worker_messages.ts";
import { clockTime, fullTime, grouped, hexOffset, size } from "./format.ts";
import { Mark } from "./mark.ts";
import { VirtualRows } from "./virtual_rows.ts";

const COLUMNS: readonly (readonly [string, string])[] = [
  ["mark", ""],
  ["number", "No."],
  ["offset", "Offset"],
  ["time", "Time (UTC)"],
  ["sender", "Agent"],
  ["type", "Type"],
  ["size", "Size"],
  ["summary", "Summary"],
];

export interface FrameListProps {
  readonly page: Inspector;
  /** Enter on a frame. */
  onEnter(): void;
}

/** The list of frames. */
export function FrameList({ page, onEnter }: FrameListProps): JSX.Element {
  const { position, filter, picked } = page.state;
  const { capture } = page;
  const rows = capture?.listRows ?? 0;
  const onKey = (event: KeyboardEvent): boolean => {
    const line = page.rows.get(position);
    if (event.key === "Enter") onEnter();
    else if (event.key === " " && line !== undefined) page.pick(line.row);
    else if (event.key === "ArrowRight" && line?.isOpen === false) toggle();
    else if (event.key === "ArrowLeft" && line?.isOpen === true) toggle();
    else if (event.key === "ArrowLeft" && (line?.kind === "part" || line?.kind === "missing")) toHead();
    else return false;
    return true;
  };
  const toggle = (): void => void page.toggle(position).catch((error) => page.failed(error));
  const toHead = (): void => {
    for (let at = position - 1; at >= 0; at--) {
      const line = page.rows.get(at);
      if (line?.kind !== "part" && line?.kind !== "missing") return void page.selectPosition(at);
    }
  };
  return h(
    "div",
    // The numbers take the room of the longest, and no more.
    { class: "list", style: { "--number": `${Math.max(4, grouped(capture?.rows ?? 0).length)}ch` } },
    h(
      "div",
      { class: "row list-head", "aria-hidden": "true" },
      COLUMNS.map(([name, title]) => h("span", { class: `c-${name}` }, title)),
    ),
    h(VirtualRows, {
      id: "frames",
      role: "treegrid",
      label: "Frames",
      rows,
      rowPx: 22,
      columns: COLUMNS.length,
      active: position,
      onMove: (at) => void page.selectPosition(at).catch((error) => page.failed(error)),
      onKey,
      onRange: (first, count) => page.rows.want(first, count),
      renderRow: (at, style) => {
        const line = page.rows.get(at);
        const isPicked = line !== undefined && picked.has(line.row);
        return FrameRow({ at, style, line, isActive: at === position, isPicked, page });
      },
      empty: emptyText(filter, capture?.isDone ?? true),
    }),
  );
}

function emptyText(filter: string, isDone: boolean): string {
  if (!isDone) return "Reading…";
  return filter === ""
    ? "This capture holds no frame. The line beside its name tells why."
    : "No frame passes the filter. Esc empties it.";
}

interface FrameRowProps {
  readonly at: number;
  readonly style: { readonly top: string; readonly height: string };
  readonly line: ListRow | undefined;
  readonly isActive: boolean;
  readonly isPicked: boolean;
  readonly page: Inspector;
}

function FrameRow({ at, style, line, isActive, isPicked, page }: FrameRowProps): JSX.Element {
  const state = `${isActive ? "is-active" : ""} ${isPicked ? "is-picked" : ""} ${line === undefined ? "is-loading" : `k-${line.kind}`}`;
  const onClick = (event: MouseEvent): void => {
    const isTwisty = event.target instanceof Element && event.target.closest(".twisty") !== null;
    page
      .selectPosition(at)
      .then(() => (isTwisty || event.detail === 2 ? page.toggle(at) : undefined))
      .catch((error) => page.failed(error));
  };
  return h(
    "div",
    {
      key: at,
      id: `frames-${at}`,
      role: "row",
      "aria-rowindex": at + 1,
      "aria-selected": isActive,
      "aria-level": line?.kind === "part" || line?.kind === "missing" ? 2 : 1,
      "aria-expanded": line?.isOpen,
      class: `row frame ${state}`,
      style,
      onClick,
    },
    line === undefined ? h("span", { role: "gridcell", class: "c-summary" }, "…") : cells(line, isPicked),
  );
}

function cells(line: ListRow, isPicked: boolean): JSX.Element[] {
  const { row, kind, offset, timeMs, sender, direction, type, bytes, summary, severity, isOpen } = line;
  const cell = (name: string, content: JSX.Element | string, title?: string): JSX.Element =>
    h("span", { key: name, role: "gridcell", class: `c-${name}`, title }, content);
  const twisty = isOpen === undefined ? "" : isOpen ? "▾" : "▸";
  const arrow = direction === ">" ? "→ " : direction === "<" ? "← " : "";
  const isMissing = kind === "missing";
  return [
    cell(
      "mark",
      isPicked ? h("span", { class: "mark", role: "img", "aria-label": "picked" }, "◆") : h(Mark, { severity }),
    ),
    cell("number", isMissing ? "" : grouped(row)),
    cell("offset", isMissing ? "" : hexOffset(offset, 8), isMissing ? "" : `byte ${offset}`),
    cell("time", clockTime(timeMs), fullTime(timeMs)),
    cell("sender", `${arrow}${sender}`, sender),
    cell("type", h("span", null, h("span", { class: "twisty", "aria-hidden": "true" }, twisty), type)),
    cell("size", isMissing ? "" : size(bytes), `${bytes} bytes`),
    cell("summary", summary, summary),
  ];
}
