import { h, type JSX } from "preact";
import { changeFrame } from "../state/editing.ts";
import type { Inspector } from "../state/inspector.ts";
import type { SideTab } from "../state/page_state.ts";
import { FieldTree } from "./field_tree.ts";
import { counted, size } from "./format.ts";
import { BYTE_CRC, BYTE_FAULT, BYTE_HIT, BYTE_SELECTED, type ByteMark } from "./hex_runs.ts";
import { HexView } from "./hex_view.ts";
import { ChecksumCard, ProblemCard } from "./problem_card.ts";
import { RecodeView } from "./recode_view.ts";
import { RecordGrid } from "./record_grid.ts";
import { type TabItem, Tabs } from "./tabs.ts";

/** The fields of the selected frame, and what else is known about it. */
export function FieldsPane({ page }: { readonly page: Inspector }): JSX.Element {
  const { view, side, field, editing } = page.state;
  const items: TabItem<SideTab>[] = [{ id: "fields", title: "Fields" }];
  if (view?.table !== undefined)
    items.push({ id: "table", title: titled(view.table.name), count: view.table.rows.length });
  items.push({ id: "problems", title: "Checks", count: (editing?.view.problems ?? view?.problems)?.length ?? 0 });
  items.push({ id: "recode", title: "Re-encode" });
  return h(
    "section",
    { class: "pane", id: "pane-fields", "aria-label": "Selected frame" },
    h(
      Tabs<SideTab>,
      { label: "About the frame", name: "side", items, current: side, onChange: (id) => page.set({ side: id }) },
      view === undefined
        ? null
        : h(
            "span",
            { class: "tabs-note cut" },
            editing === undefined ? `${view.title} · frame ${view.row}` : `edited · frame ${view.row}`,
          ),
    ),
    h(
      "div",
      { class: "pane-body", id: "side-panel", role: "tabpanel", "aria-labelledby": `side-tab-${side}` },
      view === undefined ? h("p", { class: "said" }, "Select a frame.") : content(page, side, field),
    ),
  );
}

function content(page: Inspector, side: SideTab, field: number): JSX.Element {
  const { view } = page.state;
  if (side === "table" && view?.table !== undefined) return h(RecordGrid, { table: view.table });
  if (side === "problems") return h(Checks, { page });
  if (side === "recode") return h(RecodeView, { page });
  const onEdit = (line: number): void => {
    page.selectField(line);
    page.set({ sheet: "edit" });
  };
  return h(FieldTree, { fields: page.fields, selected: field, onSelect: (line) => page.selectField(line), onEdit });
}

function Checks({ page }: { readonly page: Inspector }): JSX.Element {
  const { view, editing } = page.state;
  const shown = editing?.view ?? view;
  const checksum = shown?.checksum;
  const show = (start: number): void => {
    page.set({ bytesOf: "frame" });
    page.selectByte(start, false);
  };
  const repair = checksum?.repair;
  const onRepair =
    repair === undefined
      ? undefined
      : (): void => {
          const { offset, bit, frame } = repair;
          const digits = (frame[offset]! ^ (1 << bit)).toString(16).padStart(2, "0");
          const change = { type: "bytes", start: offset, end: offset + 1, digits } as const;
          changeFrame(page, change, "leave", frame).catch((error) => page.failed(error));
        };
  return h(
    "div",
    { class: "scroll cards", tabIndex: 0, role: "region", "aria-label": "Checks" },
    shown?.problems.map((problem) => h(ProblemCard, { key: problem.code, problem })),
    checksum === undefined
      ? null
      : h(ChecksumCard, { checksum, onShow: show, ...(onRepair === undefined ? {} : { onRepair }) }),
    (view?.cutBytes ?? 0) > 0
      ? h(
          "p",
          { class: "said" },
          `${size(view!.cutBytes)} more of these bytes are not shown: 1 MiB is read for one row.`,
        )
      : null,
    shown?.problems.length === 0 && checksum === undefined
      ? h("p", { class: "said" }, "Nothing is wrong with this frame.")
      : null,
  );
}

/** The bytes of the selected frame. */
export function BytesPane({ page }: { readonly page: Inspector }): JSX.Element {
  const { view, bytesOf, caret, editing } = page.state;
  const bytes = page.bytes;
  const contentBytes = (editing?.view ?? view)?.content?.length;
  const items: TabItem<"frame" | "content">[] = [{ id: "frame", title: "Bytes" }];
  if (contentBytes !== undefined) items.push({ id: "content", title: "Content′" });
  const where = bytesOf === "frame" ? (view?.offset ?? 0) : 0;
  return h(
    "section",
    { class: "pane", id: "pane-bytes", "aria-label": "Bytes" },
    h(
      Tabs<"frame" | "content">,
      {
        label: "Which bytes",
        name: "bytes",
        items,
        current: contentBytes === undefined ? "frame" : bytesOf,
        onChange: (id) => page.set({ bytesOf: id, caret: -1, field: -1 }),
      },
      h("span", { class: "tabs-note cut", role: "status" }, byteNote(page, bytes)),
    ),
    h(
      "div",
      { class: "pane-body", id: "bytes-panel", role: "tabpanel", "aria-labelledby": `bytes-tab-${bytesOf}` },
      bytes === undefined
        ? h("p", { class: "said" }, "Select a frame.")
        : h(HexView, {
            bytes,
            baseOffset: where,
            marks: marksOf(page),
            caret,
            onCaret: (at, extend) => page.selectByte(at, extend),
          }),
    ),
  );
}

/** What the marks of the hex view are: selected field or range, problem, search hit, what the CRC covers. */
function marksOf(page: Inspector): ByteMark[] {
  const { view, field, bytesOf, hit, row, caret, anchor, side, editing } = page.state;
  const marks: ByteMark[] = [];
  const line = page.fields[field];
  if (
    caret >= 0 &&
    anchor >= 0 &&
    anchor !== caret &&
    !(line !== undefined && anchor === line.start && caret === line.start)
  ) {
    marks.push({ start: Math.min(caret, anchor), end: Math.max(caret, anchor) + 1, mark: BYTE_SELECTED });
  } else if (line !== undefined && line.of === bytesOf) {
    marks.push({ start: line.start, end: line.end, mark: BYTE_SELECTED });
  }
  if (hit?.row === row && hit.of === bytesOf) marks.push({ ...hit, mark: BYTE_HIT });
  if (bytesOf === "content") return marks;
  const shown = editing?.view ?? view;
  for (const { start, end } of shown?.problems ?? []) {
    if (start !== undefined && end !== undefined) marks.push({ start, end, mark: BYTE_FAULT });
  }
  if (side === "problems" && shown?.checksum !== undefined) marks.push({ ...shown.checksum, mark: BYTE_CRC });
  return marks;
}

function byteNote(page: Inspector, bytes: Uint8Array | undefined): string {
  const { caret, anchor, field } = page.state;
  if (bytes === undefined) return "";
  if (caret < 0) return counted(bytes.length, "byte");
  const line = page.fields[field];
  const value = bytes[caret] ?? 0;
  const range =
    anchor >= 0 && anchor !== caret
      ? `${Math.abs(caret - anchor) + 1} bytes`
      : `${value} 0x${value.toString(16).padStart(2, "0")}`;
  return `byte ${caret} · ${range}${line === undefined ? "" : ` · ${line.path}`}`;
}

function titled(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
