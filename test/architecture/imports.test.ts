import { describe, expect, it } from "vitest";
import { codeStatements, importFaults } from "./imports.ts";
import { readText, typescriptFiles } from "./source_files.ts";

describe("import arrows", () => {
  it("every file imports only what stands below it", () => {
    const files = typescriptFiles("src", "deno", "web");
    expect(files.length).toBeGreaterThan(3);
    expect(files.flatMap((path) => importFaults(path, readText(path)))).toEqual([]);
  });

  it("src/ports holds interfaces only", () => {
    expect(typescriptFiles("src/ports").flatMap((path) => codeStatements(path, readText(path)))).toEqual([]);
  });
});

describe("the check of import arrows", () => {
  const refused: [name: string, path: string, text: string][] = [
    ["an upward import", "src/core/a.ts", 'import { b } from "../sansio/b.ts";'],
    ["an upward import of a type", "src/core/a.ts", 'import type { b } from "../ports/b.ts";'],
    ["an upward import inside a type", "src/core/a.ts", 'let b: import("../agent/b.ts").B;'],
    ["an upward re-export", "src/core/a.ts", 'export * from "../agent/b.ts";'],
    ["an upward named re-export", "src/core/a.ts", 'export { b } from "../agent/b.ts";'],
    ["an upward dynamic import", "src/core/a.ts", 'const b = await import("../agent/b.ts");'],
    ["a computed import", "src/core/a.ts", "const b = await import(name);"],
    ["one protocol in another", "src/protocols/zmtp/a.ts", 'import { b } from "../snapshot/b.ts";'],
    ["the catalogue in a protocol", "src/protocols/zmtp/a.ts", 'import { b } from "../catalogue.ts";'],
    ["node: below the hosts", "src/agent/a.ts", 'import { readFile } from "node:fs";'],
    ["a package below the hosts", "src/agent/a.ts", 'import si from "systeminformation";'],
    ["a package in deno", "deno/a.ts", 'import si from "systeminformation";'],
    ["a JSR specifier in deno", "deno/a.ts", 'import { join } from "jsr:@std/path";'],
    ["the Node host in the Deno host", "deno/a.ts", 'import { b } from "../src/node/b.ts";'],
    ["the server's logic in the page", "web/a.ts", 'import { b } from "../src/ingest/b.ts";'],
    ["agent in ingest", "src/ingest/a.ts", 'import { b } from "../agent/b.ts";'],
    ["a host in the library", "src/mod.ts", 'export { b } from "./node/b.ts";'],
    ["an import without its ending", "src/core/a.ts", 'import { b } from "./b";'],
    ["an import of a test", "src/core/a.ts", 'import { b } from "../../test/b.ts";'],
    ["a file in no room", "src/misc/a.ts", ""],
  ];
  it.each(refused)("finds %s", (_name, path, text) => {
    expect(importFaults(path, text)).toHaveLength(1);
  });

  const allowed: [name: string, path: string, text: string][] = [
    ["a downward import", "src/agent/a.ts", 'import { b } from "../protocols/snapshot/mod.ts";'],
    ["the catalogue's import of a protocol", "src/protocols/catalogue.ts", 'import { b } from "./snapshot/mod.ts";'],
    ["what protocols share", "src/protocols/snapshot/a.ts", 'import type { B } from "../definition.ts";'],
    ["a protocol's import of its own", "src/protocols/snapshot/a.ts", 'import { b } from "./b.ts";'],
    ["node: in the Node host", "src/node/a.ts", 'import { readFile } from "node:fs";'],
    ["an import that is only quoted", "src/core/a.ts", '// import "node:fs";\nconst b = \'import "node:fs"\';'],
  ];
  it.each(allowed)("lets %s pass", (_name, path, text) => {
    expect(importFaults(path, text)).toEqual([]);
  });

  it("tells code from types in ports", () => {
    const types = `import type { A } from "./a.ts"; export type { B } from "./b.ts"; export interface C { a: A }
      export type D = C; type E = D; export type * from "./f.ts";`;
    expect(codeStatements("src/ports/a.ts", types)).toEqual([]);
    for (const code of ["export const a = 1;", "export class A {}", 'import { a } from "./a.ts";', "export { a };"]) {
      expect(codeStatements("src/ports/a.ts", code), code).toHaveLength(1);
    }
  });
});
