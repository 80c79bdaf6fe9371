/** The filter language: conditions on the fields of rows. */
import type { FieldInfo } from "../protocols/inspection.ts";
import { compileFilter } from "./filter_compile.ts";
import { parseFilterTree } from "./filter_parser.ts";
import type { FilterResult } from "./filter_row.ts";

/**
 * Understands a filter: comparisons (`==`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `!~`, `contains`, `in (…)`, `exists`) joined by `&&`, `||`,
 * `!` and brackets. A field alone asks whether it is there (`error`). `any(…)` holds if all of its condition holds for one item of a
 * list. Sizes (`10MB`), spans (`2s`) and times (`"2026-01-01T00:00Z"`) may be written so.
 *
 * Where the columns of an index answer, no frame has to be read: `decide` says so.
 *
 * @param fields as `filterFields` gives them
 *
 * @example
 * ```ts
 * const fields = filterFields([SNAPSHOT_PROTOCOL], { agentIds: [] });
 * const result = parseFilter("type == snapshot && payload.cpuTotalPct > 90", fields);
 * result.ok; // true
 * parseFilter("payload.cpuTotalPct > high", fields); // { ok: false, error: { at: 22, end: 26, found: "high", … } }
 * ```
 */
export function parseFilter(text: string, fields: readonly FieldInfo[]): FilterResult {
  const tree = parseFilterTree(text, fields);
  return "type" in tree ? { ok: true, filter: compileFilter(tree) } : { ok: false, error: tree };
}
