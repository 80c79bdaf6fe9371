import { printable } from "../../src/inspect/printable.ts";
import type { FrameRow, RowValue } from "../../src/protocols/definition.ts";
import type { TableView } from "../worker_messages.ts";

type Fields = { readonly [key: string]: RowValue };

/** A record with fewer fields is a pair (an extension), not a line of a table. */
const MIN_COLUMNS = 3;

/** The first list of records in a message, as a table; nothing where there is none. */
export function recordTable(row: FrameRow): TableView | undefined {
  const payload = row["payload"];
  if (!isFields(payload)) return undefined;
  for (const [name, value] of Object.entries(payload)) {
    if (!Array.isArray(value)) continue;
    const records = (value as readonly RowValue[]).filter(isFields);
    const names = Object.keys(records[0] ?? {});
    if (names.length < MIN_COLUMNS) continue;
    const columns = names.map((column) => ({ name: column, isNumber: records.every((one) => isNumeric(one[column])) }));
    return { name, columns, rows: records.map((one) => columns.map((column) => cellOf(one[column.name]))) };
  }
  return undefined;
}

function cellOf(value: RowValue | undefined): number | string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "number") return value;
  // Good enough to sort and to read; the field tree has it exactly.
  if (typeof value === "bigint") return Number(value);
  return printable(
    typeof value === "object"
      ? JSON.stringify(value, (_, one) => (typeof one === "bigint" ? `${one}` : one))
      : `${value}`,
  );
}

function isNumeric(value: RowValue | undefined): boolean {
  return typeof value === "number" || typeof value === "bigint";
}

function isFields(value: RowValue | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
