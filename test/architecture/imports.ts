import { posix } from "node:path";
import { descendants, isNode, lineAt, parse, type SyntaxNode } from "./source_files.ts";

/** One place where a file names another module. */
export interface Import {
  /** As written; nothing where the specifier is computed. */
  readonly specifier: string | undefined;
  readonly line: number;
  /** Erased from the JavaScript. */
  readonly isType: boolean;
}

function literal(value: unknown): string | undefined {
  return isNode(value) && typeof value["value"] === "string" ? value["value"] : undefined;
}

function isTypeOnly(node: SyntaxNode): boolean {
  if (node["importKind"] === "type" || node["exportKind"] === "type") return true;
  const specifiers = (node["specifiers"] ?? []) as SyntaxNode[];
  return (
    specifiers.length > 0 && specifiers.every((one) => one["importKind"] === "type" || one["exportKind"] === "type")
  );
}

/** All imports of a file: static, re-exporting, dynamic and in types. */
export function importsOf(text: string): Import[] {
  const found: Import[] = [];
  for (const node of descendants(parse(text))) {
    const line = (): number => lineAt(text, node.start);
    if (/^(Import|ExportNamed|ExportAll)Declaration$/.test(node.type) && isNode(node["source"])) {
      found.push({ specifier: literal(node["source"]), line: line(), isType: isTypeOnly(node) });
    } else if (node.type === "ImportExpression") {
      found.push({ specifier: literal(node["source"]), line: line(), isType: false });
    } else if (node.type === "TSImportType") {
      const source = node["source"] ?? node["argument"];
      found.push({
        specifier: literal(source) ?? literal((source as SyntaxNode)["literal"]),
        line: line(),
        isType: true,
      });
    }
  }
  return found;
}

type Room =
  | "core"
  | "sansio"
  | "ports"
  | "protocols"
  | "agent"
  | "ingest"
  | "inspect"
  | "sockets"
  | "node"
  | "browser"
  | "deno"
  | "web"
  | "library";

interface RoomRules {
  /** Rooms below it; its own is always allowed, except that one protocol never names another. */
  readonly rooms: readonly Room[];
  /** Packages and built-in modules it may name. */
  readonly externals: readonly RegExp[];
}

const belowHosts: readonly Room[] = ["core", "ports", "sansio", "protocols", "agent", "ingest", "inspect", "sockets"];

/** The house's arrows: what each room may import. */
const rules: Readonly<Record<Room, RoomRules>> = {
  core: { rooms: [], externals: [] },
  ports: { rooms: ["core"], externals: [] },
  sansio: { rooms: ["core", "ports"], externals: [] },
  protocols: { rooms: ["core", "ports", "sansio"], externals: [] },
  agent: { rooms: ["core", "ports", "sansio", "protocols"], externals: [] },
  ingest: { rooms: ["core", "ports", "sansio", "protocols"], externals: [] },
  inspect: { rooms: ["core", "ports", "sansio", "protocols"], externals: [] },
  // Pure JavaScript without a runtime's names: the primitives of CURVE are never our own.
  sockets: { rooms: ["core", "ports", "sansio", "protocols"], externals: [/^@noble\/(ciphers|curves)\//] },
  node: {
    rooms: belowHosts,
    externals: [
      /^node:/,
      /^@bokuweb\/zstd-wasm$/,
      /^systeminformation$/,
      /^@peculiar\/x509$/,
      /^reflect-metadata$/,
      /^ws$/,
    ],
  },
  // What a browser gives a library; the page itself is web/.
  browser: { rooms: belowHosts, externals: [] },
  // JSR is not reached by every machine that builds: Deno's and Node's built-ins, no package.
  // What stores into a stream and what feeds other people's tools are the exceptions, and loaded only when asked for.
  deno: { rooms: belowHosts, externals: [/^node:/, /^@nats-io\/(transport-node|jetstream)$/, /^@opentelemetry\//] },
  web: {
    rooms: ["core", "ports", "sansio", "protocols", "inspect"],
    externals: [/^@bokuweb\/zstd-wasm$/, /^preact(\/hooks|\/jsx-runtime)?$/],
  },
  // src/mod.ts: what every runtime can load.
  library: { rooms: belowHosts, externals: [] },
};

function roomOf(path: string): Room | undefined {
  if (path === "src/mod.ts") return "library";
  const name = /^(?:src\/([a-z]+)|(deno|web))\//.exec(path)?.slice(1).find(Boolean);
  return name !== undefined && Object.hasOwn(rules, name) ? (name as Room) : undefined;
}

/** `src/protocols/<name>/`, or nothing for what stands beside the protocols (the catalogue). */
function protocolOf(path: string): string | undefined {
  return /^src\/protocols\/([^/]+)\//.exec(path)?.[1];
}

function refusal(path: string, room: Room, one: Import): string | undefined {
  const { specifier } = one;
  if (specifier === undefined) return "imports what it computes";
  if (!specifier.startsWith(".")) {
    return rules[room].externals.some((allowed) => allowed.test(specifier)) ? undefined : `imports ${specifier}`;
  }
  if (!specifier.endsWith(".ts")) return `imports ${specifier}, which does not end in .ts`;
  const target = posix.join(posix.dirname(path), specifier);
  const targetRoom = roomOf(target);
  if (targetRoom === undefined) return `imports ${target}, which is in no room`;
  // The host of ZeroMQ sockets runs on Node, Deno and Bun alike.
  if (room === "deno" && target === "src/node/zmtp/socket_host.ts") return undefined;
  if (targetRoom !== room) {
    return rules[room].rooms.includes(targetRoom) ? undefined : `imports ${target}: ${room} stands below ${targetRoom}`;
  }
  const own = protocolOf(path);
  const other = protocolOf(target);
  if (own !== undefined && other !== undefined && other !== own) return `imports ${target}: one protocol names another`;
  // What all protocols share stands beside them; the catalogue stands above them.
  if (own !== undefined && target === "src/protocols/catalogue.ts") return `imports ${target}: the catalogue names it`;
  if (room === "ports" && !one.isType) return `imports ${target} for more than its types`;
  return undefined;
}

/** What is wrong with a file's imports, one line each. */
export function importFaults(path: string, text: string): string[] {
  const room = roomOf(path);
  if (room === undefined) return [`${path}: is in no room`];
  return importsOf(text).flatMap((one) => {
    const fault = refusal(path, room, one);
    return fault === undefined ? [] : [`${path}:${one.line}: ${fault}`];
  });
}

const typeStatements = new Set([
  "TSInterfaceDeclaration",
  "TSTypeAliasDeclaration",
  "ImportDeclaration",
  "ExportAllDeclaration",
]);

/** Statements of a file that leave anything behind when types are erased. */
export function codeStatements(path: string, text: string): string[] {
  const statements = parse(text)["body"] as SyntaxNode[];
  return statements.flatMap((statement) => {
    const declared = statement.type === "ExportNamedDeclaration" ? statement["declaration"] : statement;
    const isErased = isNode(declared)
      ? typeStatements.has(declared.type) && (declared["source"] === undefined || isTypeOnly(declared))
      : isTypeOnly(statement);
    return isErased ? [] : [`${path}:${lineAt(text, statement.start)}: is code, and ports hold interfaces only`];
  });
}
