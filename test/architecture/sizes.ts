import { descendants, lineAt, parse, type SyntaxNode } from "./source_files.ts";

export const maxFileLines = 300;
export const maxFunctionLines = 70;

/** Something that is longer than the house likes. */
export interface Oversize {
  /** The file's path, or path and name of the function. */
  readonly what: string;
  readonly lines: number;
}

const functions = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

/** Names of functions by where they start: a method or a variable lends its own. */
function namesOf(tree: SyntaxNode): Map<number, string> {
  const names = new Map<number, string>();
  for (const node of descendants(tree)) {
    const named = (node["key"] ?? node["id"]) as SyntaxNode | undefined;
    const body = (node["value"] ?? node["init"] ?? node) as SyntaxNode;
    if (typeof named?.["name"] === "string" && functions.has(body.type)) names.set(body.start, named["name"]);
  }
  return names;
}

/** The file, if it is too long, and its functions that are. */
export function oversizes(path: string, text: string): Oversize[] {
  const found: Oversize[] = [];
  const lines = text.trimEnd().split("\n").length;
  if (lines > maxFileLines) found.push({ what: path, lines });
  const tree = parse(text);
  const names = namesOf(tree);
  for (const node of descendants(tree)) {
    if (!functions.has(node.type)) continue;
    const startLine = lineAt(text, node.start);
    const length = lineAt(text, node.end) - startLine + 1;
    if (length <= maxFunctionLines) continue;
    found.push({ what: `${path} ${names.get(node.start) ?? `line ${startLine}`}`, lines: length });
  }
  return found;
}
