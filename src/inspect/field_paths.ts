import type { FieldNode } from "./row_detail.ts";

/**
 * The path of each node of a field tree: the names from the top down, with an index where a group has several of a name
 * (`payload.process[2].name`).
 *
 * @example
 * ```ts
 * fieldPaths(detail.fields)[3]; // "envelope.versionMajor"
 * ```
 */
export function fieldPaths(nodes: readonly FieldNode[]): string[] {
  const counts = siblingCounts(nodes);
  const seen = new Map<string, number>();
  /** Paths of the groups that are open, by depth; `""` stands for the top. */
  const parents: string[] = [""];
  return nodes.map(({ depth, name }, i) => {
    const parent = parents[depth] ?? "";
    const key = `${parent}\n${name}`;
    const index = seen.get(key) ?? 0;
    seen.set(key, index + 1);
    const part = counts[i] === 1 ? name : `${name}[${index}]`;
    const path = parent === "" ? part : `${parent}.${part}`;
    parents.length = depth + 1;
    parents.push(path);
    return path;
  });
}

/**
 * The node of that path; `[0]` may be written or left out.
 *
 * @example
 * ```ts
 * nodeAt(detail.fields, "envelope.agentId")?.value; // "agent-01"
 * ```
 */
export function nodeAt(nodes: readonly FieldNode[], path: string): FieldNode | undefined {
  const wanted = path.replaceAll("[0]", "");
  const place = fieldPaths(nodes).findIndex((one) => one.replaceAll("[0]", "") === wanted);
  return nodes[place];
}

/** How many nodes of its name stand in the group of each node. */
function siblingCounts(nodes: readonly FieldNode[]): number[] {
  const totals = new Map<string, number>();
  /** The number of the group that is open at each depth. */
  const groups: number[] = [-1];
  const keys = nodes.map(({ depth, name }, i) => {
    groups.length = depth + 1;
    const key = `${groups[depth]} ${name}`;
    groups.push(i);
    totals.set(key, (totals.get(key) ?? 0) + 1);
    return key;
  });
  return keys.map((key) => totals.get(key)!);
}
