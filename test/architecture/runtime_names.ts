import { children, isNode, lineAt, parse, type SyntaxNode } from "./source_files.ts";

/** Globals of a runtime, clocks, timers, chance and IO: what stands below the hosts gets these as arguments. */
const forbiddenGlobals = new Set(
  `process Buffer Deno Bun global globalThis self document window navigator location performance crypto setTimeout
  setInterval setImmediate queueMicrotask requestAnimationFrame fetch WebSocket XMLHttpRequest localStorage console
  require __dirname __filename NodeJS`.split(/\s+/),
);

type Scope = ReadonlySet<string>;

/** What opens a scope besides everything that has parameters. */
const ownScope = new Set([
  "BlockStatement",
  "ForStatement",
  "ForOfStatement",
  "ForInStatement",
  "SwitchStatement",
  "CatchClause",
  "ClassExpression",
  "StaticBlock",
]);

/** The names that a binding pattern introduces. */
function boundNames(pattern: unknown): string[] {
  if (!isNode(pattern)) return [];
  switch (pattern.type) {
    case "Identifier":
      return [pattern["name"] as string];
    case "AssignmentPattern":
      return boundNames(pattern["left"]);
    case "RestElement":
      return boundNames(pattern["argument"]);
    case "ArrayPattern":
      return (pattern["elements"] as unknown[]).flatMap(boundNames);
    case "ObjectPattern":
      return (pattern["properties"] as SyntaxNode[]).flatMap((one) => boundNames(one["value"] ?? one));
    default:
      return [];
  }
}

/** What a statement declares in the scope that it stands in. */
function declaredBy(statement: SyntaxNode): string[] {
  const inner = statement.type.startsWith("Export") ? statement["declaration"] : statement;
  if (!isNode(inner)) return [];
  switch (inner.type) {
    case "VariableDeclaration":
      return (inner["declarations"] as SyntaxNode[]).flatMap((one) => boundNames(one["id"]));
    case "FunctionDeclaration":
    case "ClassDeclaration":
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      return boundNames(inner["id"]);
    case "ImportDeclaration":
      return ((inner["specifiers"] ?? []) as SyntaxNode[]).flatMap((one) => boundNames(one["local"]));
    default:
      return [];
  }
}

/** What is declared right in a node: parameters, loop variables, a block's own statements. */
function scopeOf(node: SyntaxNode): string[] {
  const direct = children(node).flatMap(declaredBy);
  const parameters = ((node["params"] ?? node["parameters"] ?? []) as unknown[]).flatMap(boundNames);
  const cases = ((node["cases"] ?? []) as SyntaxNode[]).flatMap((one) => children(one).flatMap(declaredBy));
  return [...direct, ...parameters, ...cases, ...boundNames(node["param"]), ...boundNames(node["id"])];
}

/** Children whose identifiers are names of members, not references. */
function isMemberName(parent: SyntaxNode, child: SyntaxNode): boolean {
  if (parent["computed"] === true) return false;
  if (parent.type === "MemberExpression") return parent["property"] === child;
  if (parent.type === "TSQualifiedName") return parent["right"] === child;
  if (parent.type === "ExportSpecifier" || parent.type === "ImportSpecifier") return true;
  return parent["key"] === child || parent["label"] === child;
}

function referenceFault(node: SyntaxNode, scope: Scope): string | undefined {
  const isGlobal = (value: unknown, name: string): boolean =>
    isNode(value) && value.type === "Identifier" && value["name"] === name && !scope.has(name);
  if (node.type === "Identifier") {
    const name = node["name"] as string;
    return forbiddenGlobals.has(name) && !scope.has(name) ? name : undefined;
  }
  if (node.type === "MemberExpression" && isNode(node["property"])) {
    const member = (node["property"]["name"] ?? node["property"]["value"]) as string;
    if (isGlobal(node["object"], "Date") && member === "now") return "Date.now";
    if (isGlobal(node["object"], "Math") && member === "random") return "Math.random";
  }
  if (node.type === "NewExpression" && isGlobal(node["callee"], "Date") && (node["arguments"] as []).length === 0) {
    return "new Date()";
  }
  if (node.type === "CallExpression" && isGlobal(node["callee"], "Date")) return "Date()";
  // import.meta is where a module learns what loads it.
  if (node.type === "MetaProperty" && (node["meta"] as SyntaxNode)["name"] === "import") return "import.meta";
  return undefined;
}

/** `globalThis.WebAssembly`, cast or not: the one global that the type libraries of all runtimes do not share. */
function isWebAssembly(node: SyntaxNode): boolean {
  if (node.type !== "MemberExpression" || (node["property"] as SyntaxNode)["name"] !== "WebAssembly") return false;
  let object = node["object"] as SyntaxNode;
  while (object.type === "TSAsExpression" || object.type === "ParenthesizedExpression") {
    object = object["expression"] as SyntaxNode;
  }
  return object["name"] === "globalThis";
}

/** What a file names of a runtime, one line each; comments, texts and names of its own are not meant. */
export function runtimeNames(path: string, text: string): string[] {
  const faults: string[] = [];
  const visit = (node: SyntaxNode, outer: Scope): void => {
    if (isWebAssembly(node)) return;
    const opens = ownScope.has(node.type) || Array.isArray(node["params"] ?? node["parameters"]);
    const scope = opens ? new Set([...outer, ...scopeOf(node)]) : outer;
    const fault = referenceFault(node, scope);
    if (fault !== undefined) faults.push(`${path}:${lineAt(text, node.start)}: names ${fault}`);
    for (const child of children(node)) if (!isMemberName(node, child)) visit(child, scope);
  };
  const program = parse(text);
  visit(program, new Set(children(program).flatMap(declaredBy)));
  return faults;
}
