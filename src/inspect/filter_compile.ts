/** From the tree of a filter to a predicate that reads as little as it can. */
import type { FrameRow, RowValue } from "../protocols/definition.ts";
import type { FieldInfo } from "../protocols/inspection.ts";
import type { FilterNode } from "./filter_parser.ts";
import type { Filter, FilterColumns } from "./filter_row.ts";
import { valueTest } from "./filter_test.ts";

/** What is asked of a row: its columns, and the row or the item of a list that names begin in. */
type Predicate = (columns: FilterColumns, root: RowValue | undefined) => boolean;

/** One node, compiled: `decide` answers by the columns alone where it can. */
interface Compiled {
  readonly decide: (columns: FilterColumns) => boolean | undefined;
  readonly test: Predicate;
}

/** What the index says of a row; nothing where the field has no value. */
const COLUMNS: Readonly<Record<string, (columns: FilterColumns) => RowValue | undefined>> = {
  type: ({ type }) => (type === "" ? undefined : type),
  agentId: ({ agentId }) => (agentId === "" ? undefined : agentId),
  error: ({ error }) => (error === "" ? undefined : error),
  status: ({ error }) => (error === "" ? "ok" : "error"),
  size: ({ bytes }) => bytes,
  time: ({ timeMs }) => (Number.isNaN(timeMs) ? undefined : timeMs),
  offset: ({ offset }) => offset,
  row: ({ row }) => row,
};

/** Compiles a tree. */
export function compileFilter(tree: FilterNode): Filter {
  const { decide, test } = compile(tree, "");
  return { needsFrames: readsFrames(tree), decide, test: (columns, row) => test(columns, row) };
}

/** @param base the list whose items names begin in, with a dot behind it; empty for the row */
function compile(node: FilterNode, base: string): Compiled {
  switch (node.type) {
    case "test":
      return compileTest(node, base);
    case "any":
      return compileAny(node.list, compile(node.node, `${node.list}.`));
    case "not": {
      const { decide, test } = compile(node.node, base);
      return {
        decide: (columns) => {
          const decided = decide(columns);
          return decided === undefined ? undefined : !decided;
        },
        test: (columns, root) => !test(columns, root),
      };
    }
    default:
      return compileChain(
        node.type === "and",
        node.nodes.map((one) => compile(one, base)),
      );
  }
}

/** `and` is false as soon as one is, `or` is true as soon as one is. */
function compileChain(isAnd: boolean, nodes: readonly Compiled[]): Compiled {
  return {
    decide: (columns) => {
      let decided: boolean | undefined = isAnd;
      for (const node of nodes) {
        const one = node.decide(columns);
        if (one === !isAnd) return one;
        if (one === undefined) decided = undefined;
      }
      return decided;
    },
    test: (columns, root) => {
      for (const node of nodes) if (node.test(columns, root) !== isAnd) return !isAnd;
      return isAnd;
    },
  };
}

function compileTest({ field, operator, values }: FilterNode & { readonly type: "test" }, base: string): Compiled {
  const holds = valueTest(field, operator, values);
  const column = COLUMNS[field.name];
  if (column !== undefined) return compileColumnTest(field, column, holds);
  const path = (field.name.startsWith(base) ? field.name.slice(base.length) : field.name).split(".");
  return {
    // What can't be decoded has no fields.
    decide: ({ error }) => (error === "" ? undefined : holds([])),
    test: (_, root) => holds(root === undefined ? [] : valuesAt(root, path)),
  };
}

function compileColumnTest(
  field: FieldInfo,
  column: (columns: FilterColumns) => RowValue | undefined,
  holds: (values: readonly RowValue[]) => boolean,
): Compiled {
  // An index may name only so many agents: of the rest the frame itself tells.
  const isInFrame = (columns: FilterColumns): boolean =>
    field.name === "agentId" && columns.agentId === "" && columns.error === "";
  const valuesOf = (columns: FilterColumns): readonly RowValue[] => {
    const value = column(columns);
    return value === undefined ? [] : [value];
  };
  return {
    decide: (columns) => (isInFrame(columns) ? undefined : holds(valuesOf(columns))),
    test: (columns, root) =>
      holds(isInFrame(columns) && root !== undefined ? valuesAt(root, [field.name]) : valuesOf(columns)),
  };
}

function compileAny(list: string, { test }: Compiled): Compiled {
  const path = list.split(".");
  return {
    decide: ({ error }) => (error === "" ? undefined : false),
    test: (columns, root) => root !== undefined && valuesAt(root, path).some((item) => test(columns, item)),
  };
}

/** Every value of a path; where a list stands on the way, those of all its items. */
function valuesAt(root: RowValue, path: readonly string[]): readonly RowValue[] {
  let values: readonly RowValue[] = [root];
  for (const name of path) {
    const next: RowValue[] = [];
    for (const value of values) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) continue;
      const found = Object.hasOwn(value, name) ? (value as FrameRow)[name]! : null;
      if (Array.isArray(found)) for (const item of found) next.push(item);
      else if (found !== null) next.push(found);
    }
    values = next;
  }
  return values;
}

function readsFrames(node: FilterNode): boolean {
  switch (node.type) {
    case "test":
      return COLUMNS[node.field.name] === undefined;
    case "any":
      return true;
    case "not":
      return readsFrames(node.node);
    default:
      return node.nodes.some(readsFrames);
  }
}
