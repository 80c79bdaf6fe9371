import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "../../scripts/build.mjs";
import { denoEnvironment, findDeno } from "../../scripts/find_deno.mjs";
import { npmCommand } from "../../scripts/install_missing.mjs";
import { readText, root } from "../architecture/source_files.ts";

const manifest = JSON.parse(readText("package.json"));
const specifiers = Object.keys(manifest.exports)
  .filter((name) => name !== "./core.wasm" && name !== "./package.json")
  .map((name) => name.replace(/^\./, "tidewire"));

/** Imports every module of the package, runs the core, and prints what each exports. */
const program = `
const exported = {};
for (const specifier of ${JSON.stringify(specifiers)}) exported[specifier] = Object.keys(await import(specifier)).sort();
const wasm = await WebAssembly.compile(await readFile(import.meta.resolve("tidewire/core.wasm")));
exported.imports = WebAssembly.Module.imports(wasm);
console.log(JSON.stringify(exported));
`;
const onNode = `import { readFile as read } from "node:fs/promises";\nconst readFile = (url) => read(new URL(url));\n${program}`;
const onDeno = `const readFile = (url) => Deno.readFile(new URL(url));\n${program}`;

const place = mkdtempSync(join(tmpdir(), "tidewire-pack-"));
const project = join(place, "project");

function npm(cwd: string, ...args: string[]): string {
  const { command, args: all } = npmCommand([...args, "--loglevel=error"]);
  return execFileSync(command, all, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Installed, without what it depends on; the native binding of ZeroMQ has 34 MB. */
const MAX_UNPACKED_BYTES = 1_000_000;
let unpackedBytes = 0;

/** Packs the package and installs it as a user would; what it depends on comes from npm's cache where it is there. */
function installPacked(): void {
  build();
  // --ignore-scripts: the build was made above.
  const [packed] = JSON.parse(npm(root, "pack", "--json", "--ignore-scripts", "--pack-destination", place));
  unpackedBytes = packed.unpackedSize;
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
  npm(project, "install", `../${packed.filename}`, "--prefer-offline", "--no-audit", "--no-fund");
}

beforeAll(installPacked, 120_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe("the packed package, installed into an empty project", () => {
  it("holds what it should and nothing else", () => {
    const installed = join(project, "node_modules/tidewire");
    expect(readdirSync(installed).sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "dist", "package.json"]);
    const files = readdirSync(join(installed, "dist"), { recursive: true, withFileTypes: true });
    const odd = files.filter((file) => file.isFile() && !/\.(js|d\.ts)$|^tidewire\.wasm$/.test(file.name));
    expect(odd.map((file) => file.name)).toEqual([]);
  });

  it("is small", () => {
    expect(unpackedBytes).toBeGreaterThan(0);
    expect(unpackedBytes).toBeLessThan(MAX_UNPACKED_BYTES);
  });

  it("has the declarations of all that it exports, and of what they speak of", () => {
    const lines = specifiers.map((specifier, i) => `export * as module${i} from "${specifier}";`);
    writeFileSync(join(project, "consumer.ts"), lines.join("\n"));
    const settings = { module: "NodeNext", target: "ES2022", lib: ["ES2023", "ESNext.Disposable"], strict: true };
    const types = {
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
      noEmit: true,
      skipLibCheck: false,
    };
    const tsconfig = { compilerOptions: { ...settings, ...types }, files: ["consumer.ts"] };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify(tsconfig));
    const compile = (): string =>
      execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", project], {
        encoding: "utf8",
        stdio: "pipe",
      });
    expect(compile).not.toThrow();
  });

  it("imports on Node and on Deno, with the same exports", () => {
    writeFileSync(join(project, "on_node.mjs"), onNode);
    writeFileSync(join(project, "on_deno.mjs"), onDeno);
    writeFileSync(join(project, "deno.json"), JSON.stringify({ nodeModulesDir: "manual", lock: false }));
    const node = execFileSync(process.execPath, ["on_node.mjs"], { cwd: project, encoding: "utf8" });
    const args = ["run", "--no-prompt", `--allow-read=${project}`, "on_deno.mjs"];
    const deno = execFileSync(findDeno().path, args, { cwd: project, encoding: "utf8", env: denoEnvironment() });
    expect(JSON.parse(deno)).toEqual(JSON.parse(node));
    const exported = JSON.parse(node);
    expect(exported.imports).toEqual([]);
    for (const specifier of specifiers) expect(exported[specifier].length, specifier).toBeGreaterThan(0);
  });

  it("brings the command", () => {
    const command = join(project, "node_modules/.bin/tidewire");
    expect(execFileSync(command, ["--version"], { cwd: project, encoding: "utf8" })).toContain(manifest.version);
  });
});

it("JSR takes the package: no slow types, nothing missing", () => {
  // Publishing looks at git and at every file of the folder: a copy of what would be published is quicker to look at.
  const copy = join(place, "jsr");
  mkdirSync(copy);
  for (const path of ["src", "deno.json", "LICENSE", "README.md", "CHANGELOG.md"]) {
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  // What the sockets stand on is resolved there.
  symlinkSync(join(project, "node_modules"), join(copy, "node_modules"));
  const args = ["publish", "--dry-run", "--allow-dirty", "--no-check"];
  const run = (): string =>
    execFileSync(findDeno().path, args, { cwd: copy, encoding: "utf8", env: denoEnvironment(), stdio: "pipe" });
  expect(run).not.toThrow();
}, 60_000);
