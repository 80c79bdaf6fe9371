import { h, type JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { FieldLine } from "../worker_messages.ts";
import { VirtualRows } from "./virtual_rows.ts";

/** A group with more groups than this right inside it opens with those folded: a list of processes is read by its heads. */
const MAX_UNFOLDED_GROUPS = 6;

/** Line numbers of groups that are folded at first. */
export function foldedAtFirst(fields: readonly FieldLine[]): Set<number> {
  const folded = new Set<number>();
  /** Line numbers of the groups right below each group that is open now, the outermost first. */
  const inner: number[][] = [[]];
  const close = (depth: number): void => {
    while (inner.length > depth + 1) {
      const groups = inner.pop()!;
      if (groups.length > MAX_UNFOLDED_GROUPS) for (const line of groups) folded.add(line);
    }
  };
  fields.forEach((field, line) => {
    close(field.depth);
    if (!field.isGroup) return;
    inner.at(-1)!.push(line);
    inner.push([]);
  });
  close(-1);
  return folded;
}

/** Line numbers that are seen while some groups are folded. */
export function unfoldedLines(fields: readonly FieldLine[], folded: ReadonlySet<number>): number[] {
  const lines: number[] = [];
  let hiddenBelow = Number.POSITIVE_INFINITY;
  fields.forEach(({ depth }, line) => {
    if (depth > hiddenBelow) return;
    hiddenBelow = folded.has(line) ? depth : Number.POSITIVE_INFINITY;
    lines.push(line);
  });
  return lines;
}

/** The groups around a line, the innermost first. */
export function groupsAround(fields: readonly FieldLine[], line: number): number[] {
  const around: number[] = [];
  let depth = fields[line]?.depth ?? 0;
  for (let i = line - 1; i >= 0 && depth > 0; i--) {
    if (fields[i]!.depth >= depth) continue;
    around.push(i);
    depth = fields[i]!.depth;
  }
  return around;
}

export interface FieldTreeProps {
  readonly fields: readonly FieldLine[];
  /** The line that is selected, or -1. */
  readonly selected: number;
  onSelect(line: number): void;
  /** Enter on a value, where values can be edited. */
  onEdit(line: number): void;
}

/** The field tree: name, value, type and byte range of everything that the decoder read. */
export function FieldTree({ fields, selected, onSelect, onEdit }: FieldTreeProps): JSX.Element {
  const [folded, setFolded] = useState<ReadonlySet<number>>(() => foldedAtFirst(fields));
  const shown = useRef(fields);
  if (shown.current !== fields) {
    shown.current = fields;
    setFolded(foldedAtFirst(fields));
  }
  useEffect(() => {
    // What another pane selects has to be seen here.
    const closed = groupsAround(fields, selected).filter((line) => folded.has(line));
    if (closed.length > 0) setFolded(new Set([...folded].filter((line) => !closed.includes(line))));
  }, [fields, selected]);
  const lines = useMemo(() => unfoldedLines(fields, folded), [fields, folded]);
  const active = lines.indexOf(selected);
  const setOpen = (line: number, isOpen: boolean): void => {
    const next = new Set(folded);
    if (isOpen) next.delete(line);
    else next.add(line);
    setFolded(next);
  };
  const onKey = (event: KeyboardEvent): boolean => {
    const field = fields[selected];
    if (field === undefined) return false;
    if (event.key === "Enter" && !field.isGroup) {
      onEdit(selected);
      return true;
    }
    if (event.key === "ArrowRight" && field.isGroup) {
      if (folded.has(selected)) setOpen(selected, true);
      else if (active + 1 < lines.length) onSelect(lines[active + 1]!);
      return true;
    }
    if (event.key === "ArrowLeft") {
      if (field.isGroup && !folded.has(selected)) setOpen(selected, false);
      else onSelect(groupsAround(fields, selected)[0] ?? selected);
      return true;
    }
    return false;
  };
  return h(VirtualRows, {
    id: "fields",
    role: "tree",
    label: "Fields",
    rows: lines.length,
    rowPx: 22,
    active,
    onMove: (at) => onSelect(lines[at]!),
    onKey,
    renderRow: (at, style) => {
      const line = lines[at]!;
      const toggle = (): void => setOpen(line, folded.has(line));
      return FieldRow({ field: fields[line]!, line, at, style, isOpen: !folded.has(line), selected, onSelect, toggle });
    },
    empty: "No field could be read from these bytes.",
  });
}

interface FieldRowProps {
  readonly field: FieldLine;
  readonly line: number;
  readonly at: number;
  readonly style: { readonly top: string; readonly height: string };
  readonly isOpen: boolean;
  readonly selected: number;
  onSelect(line: number): void;
  toggle(): void;
}

function FieldRow({ field, line, at, style, isOpen, selected, onSelect, toggle }: FieldRowProps): JSX.Element {
  const { depth, name, isGroup, value, type, of, start, end } = field;
  const isSelected = line === selected;
  const onClick = (event: MouseEvent): void => {
    const isTwisty = event.target instanceof Element && event.target.closest(".twisty") !== null;
    if (isGroup && (isTwisty || event.detail === 2)) toggle();
    onSelect(line);
  };
  return h(
    "div",
    {
      key: line,
      id: `fields-${at}`,
      role: "treeitem",
      "aria-level": depth + 1,
      "aria-expanded": isGroup ? isOpen : undefined,
      "aria-selected": isSelected,
      class: `row field ${isSelected ? "is-active" : ""} ${isGroup ? "is-group" : ""}`,
      style: { ...style, paddingLeft: `${6 + depth * 14}px` },
      onClick,
    },
    h("span", { class: "twisty", "aria-hidden": "true" }, isGroup ? (isOpen ? "▾" : "▸") : ""),
    h("span", { class: "field-name cut" }, name),
    h("span", { class: "field-value cut", title: value }, value),
    h("span", { class: "field-type" }, isGroup ? "" : type),
    h("span", { class: "field-range" }, `${start}–${end}${of === "content" ? "′" : ""}`),
  );
}
