import { h, type JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { TableView } from "../worker_messages.ts";
import { size } from "./format.ts";
import { VirtualRows } from "./virtual_rows.ts";

type Cell = number | string | null;

interface Order {
  readonly column: number;
  readonly isDescending: boolean;
}

/** Rows in the order of a column; what is equal stays as it was sent. */
export function sortedRows(rows: TableView["rows"], { column, isDescending }: Order): TableView["rows"] {
  const sign = isDescending ? -1 : 1;
  return rows.slice().sort((a, b) => sign * compare(a[column] ?? null, b[column] ?? null));
}

function compare(a: Cell, b: Cell): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b));
}

/** A list of records of one message as a table that can be sorted: the processes of a snapshot. */
export function RecordGrid({ table }: { readonly table: TableView }): JSX.Element {
  const [order, setOrder] = useState<Order | undefined>();
  const [active, setActive] = useState(0);
  const rows = useMemo(() => (order === undefined ? table.rows : sortedRows(table.rows, order)), [table, order]);
  const sortBy = (column: number): void => {
    const isFirst = order?.column !== column;
    // Numbers are looked at from the largest down.
    setOrder({ column, isDescending: isFirst ? table.columns[column]!.isNumber : !order.isDescending });
  };
  const template = { gridTemplateColumns: table.columns.map(widthOf).join(" ") };
  return h(
    "div",
    { class: "list records" },
    h(
      "div",
      { class: "row list-head", style: template, role: "group", "aria-label": `sort ${table.name}` },
      table.columns.map(({ name, isNumber }, column) => {
        const isSorted = order?.column === column;
        const arrow = isSorted ? (order.isDescending ? " ↓" : " ↑") : "";
        const state = isSorted ? `, sorted ${order.isDescending ? "down" : "up"}` : "";
        const label = `sort by ${name}${state}`;
        return h(
          "button",
          {
            key: name,
            type: "button",
            class: `plain ${isNumber ? "is-number" : ""}`,
            "aria-label": label,
            onClick: () => sortBy(column),
          },
          `${name}${arrow}`,
        );
      }),
    ),
    h(VirtualRows, {
      id: "records",
      role: "grid",
      label: `${table.name}, ${rows.length}`,
      rows: rows.length,
      rowPx: 22,
      columns: table.columns.length,
      active,
      onMove: setActive,
      renderRow: (at, style) =>
        h(
          "div",
          {
            key: at,
            id: `records-${at}`,
            role: "row",
            "aria-rowindex": at + 1,
            class: `row record ${at === active ? "is-active" : ""}`,
            style: { ...style, ...template },
            onClick: () => setActive(at),
          },
          table.columns.map(({ name, isNumber }, column) => {
            const text = cellText(name, rows[at]![column] ?? null);
            return h("span", { key: name, role: "gridcell", class: isNumber ? "is-number" : "cut", title: text }, text);
          }),
        ),
      empty: "No records.",
    }),
  );
}

function widthOf({ name, isNumber }: TableView["columns"][number]): string {
  if (isNumber) return `minmax(${isSize(name) ? 68 : 50}px, 84px)`;
  return name === "name" ? "minmax(64px, 140px)" : "minmax(40px, 1fr)";
}

function isSize(column: string): boolean {
  return column.endsWith("Bytes");
}

function cellText(name: string, value: Cell): string {
  if (value === null) return "–";
  if (typeof value === "string") return value;
  if (isSize(name)) return size(value);
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}
