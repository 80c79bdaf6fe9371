import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { readText, root } from "./source_files.ts";

const npm = JSON.parse(readText("package.json"));
const jsr = JSON.parse(readText("deno.json"));

/** Specifiers of the npm package that are files, not modules. */
const files = new Set(["./core.wasm", "./package.json"]);

it("package.json and deno.json export the same modules by the same specifiers", () => {
  const modules = Object.entries<{ types: string; default: string }>(npm.exports).filter(([name]) => !files.has(name));
  const sources = modules.map(([name, target]) => {
    expect(target.types).toBe(target.default.replace(/\.js$/, ".d.ts"));
    return [name, target.default.replace(/^\.\/dist\/(.*)\.js$/, "./src/$1.ts")];
  });
  expect(Object.fromEntries(sources)).toEqual(jsr.exports);
});

it("every exported module exists", () => {
  const missing = Object.values<string>(jsr.exports).filter((path) => !existsSync(root + path));
  expect(missing).toEqual([]);
});

it("both packages have the same version and licence", () => {
  expect([jsr.version, jsr.license]).toEqual([npm.version, npm.license]);
});

it("the lockfile names the packages of every platform", () => {
  // Without them, npm ci looks for them and stops where a registry holds only those of its own
  // platform: scripts/complete_lockfile.mjs adds them.
  const { packages } = JSON.parse(readText("package-lock.json"));
  const missing = Object.entries<{ optionalDependencies?: Record<string, string> }>(packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter(
      (name) =>
        packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined,
    ),
  );
  expect(missing).toEqual([]);
});
