import { describe, expect, it } from "vitest";
import { runtimeNames } from "./runtime_names.ts";
import { readText, typescriptFiles } from "./source_files.ts";

it("nothing below the hosts names a runtime, a clock, a timer or chance", () => {
  const files = typescriptFiles("src").filter((path) => !/^src\/(node|browser)\//.test(path));
  expect(files.length).toBeGreaterThan(3);
  expect(files.flatMap((path) => runtimeNames(path, readText(path)))).toEqual([]);
});

describe("the check of runtime names", () => {
  it.each([
    "const a = process.env;",
    "const a: Buffer = b;",
    "const a = Buffer.alloc(1);",
    "const a = typeof Deno;",
    "const a = { process };",
    "const a = () => document.title;",
    "const a = Date.now();",
    'const a = Date["now"]();',
    "const a = Date.now;",
    "const a = new Date();",
    "const a = Date();",
    "const a = Math.random();",
    "const a = (b as typeof performance);",
    "const a = <T>(b: T) => setTimeout(b as never, 1);",
    "class A { b = globalThis; }",
    "const a = (globalThis as unknown as { process: B }).process;",
    "let a: NodeJS.Timeout;",
    "const a = import.meta.url;",
    "{ const process = 1; } process.exit();",
    "function f(process: string) { return process; } process.exit();",
    "for (const process of a) process.pid; process.exit();",
    "const a = crypto.subtle;",
  ])("finds %s", (text) => {
    expect(runtimeNames("src/core/a.ts", text)).toHaveLength(1);
  });

  it.each([
    "// Date.now()\n/** process.exit() */",
    'const a = "process.exit() in a text";',
    "for (const process of sample.processes) use(process.pid);",
    "function f({ process, b: { performance }, ...document }: A) { return [process, performance, document]; }",
    "const a = b.process.Buffer.crypto;",
    "const a = { process: 1, crypto() {} };",
    "interface A { process: string; window(): void }",
    "import { process } from './process.ts'; process();",
    "export { process } from './process.ts';",
    "const a = (globalThis as unknown as { WebAssembly: B }).WebAssembly;",
    "const a = new Date(nowMs);",
    "const a = Date.UTC(2020, 1); const b = Math.max(1, 2);",
    "class A { setTimeout() {} } new A().setTimeout();",
    "try { f(); } catch (process) { g(process); }",
    "const { process = 1 } = a; const f = function self() { return self; };",
    "switch (a) { case 1: { const window = 1; g(window); } }",
    "interface A { f(process: string): void; (window: number): void; [performance: string]: unknown }",
    "type F = (process: number) => [window: number, crypto: string];",
    "declare function f(process: string): asserts process;",
  ])("lets %s pass", (text) => {
    expect(runtimeNames("src/core/a.ts", text)).toEqual([]);
  });
});
