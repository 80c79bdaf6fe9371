import { execFileSync } from "node:child_process";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { maxFileLines, maxFunctionLines, oversizes } from "./sizes.ts";
import { projectFiles, readText, root } from "./source_files.ts";

const code = projectFiles().filter(
  (path) => /^(src|deno|web|test|scripts)\/.*\.(ts|mjs)$/.test(path) && !path.endsWith(".generated.ts"),
);

describe("files", () => {
  it("have snake_case names", () => {
    const paths = projectFiles().filter((path) => /^(assembly|src|deno|web|test|scripts|fixtures)\//.test(path));
    const odd = paths.filter(
      (path) => !path.split("/").every((part) => /^(\.[a-z]+|[a-z0-9_]+(\.[a-z0-9]+)*|[A-Z]+\.md)$/.test(part)),
    );
    expect(odd).toEqual([]);
  });

  it("are named for what is in them", () => {
    const vague = /(^|_)(util|utils|helper|helpers|manager|common|misc)(_|\.|$)/;
    expect(projectFiles().filter((path) => vague.test(basename(path)))).toEqual([]);
  });

  it(`have at most ${maxFileLines} lines, and functions ${maxFunctionLines}`, () => {
    // A test's `describe` is a list, not a function to be understood as one: of tests, only the file counts.
    const found = code.flatMap((path) =>
      oversizes(path, readText(path)).filter((one) => one.what === path || !path.endsWith(".test.ts")),
    );
    expect(found.map((one) => `${one.what}: ${one.lines} lines`)).toEqual([]);
  });

  it("name no registry and no folder of one machine", () => {
    // Put together here, so that this file does not hold what it looks for.
    const hosts = ["registry.npmjs", "npm.jsr", "registry.yarnpkg", "pkgs.dev.azure"].map((host) => `${host}.`);
    const folders = ["work", "home", "Users", "root"].map((folder) => `["'\`(= ]/${folder}/[a-z]`);
    const places = new RegExp([...hosts.map((host) => host.replaceAll(".", "\\.")), ...folders].join("|"));
    const texts = projectFiles().filter((path) => /\.(ts|mjs|js|json|md|html|css|yml|toml)$|^\.|\/run$/.test(path));
    const faults = texts.flatMap((path) =>
      readText(path)
        .split("\n")
        .flatMap((line, index) => (places.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [])),
    );
    expect(faults).toEqual([]);
  });
});

describe("the check of sizes", () => {
  const body = (lines: number): string => "  f();\n".repeat(lines);

  it("finds a file and a function that are too long, by name", () => {
    const text = `function long() {\n${body(69)}}\nconst short = () => {\n${body(68)}};\nclass A {\n  b() {\n${body(300)}  }\n}\n`;
    expect(oversizes("a.ts", text)).toEqual([
      { what: "a.ts", lines: 445 },
      { what: "a.ts long", lines: 71 },
      { what: "a.ts b", lines: 302 },
    ]);
  });
});

it("the core's generated files are what assembly/ compiles to", () => {
  const check = (): string =>
    execFileSync(process.execPath, ["scripts/build_core.mjs", "--check"], {
      cwd: root,
      encoding: "utf8",
      stdio: "pipe",
    });
  expect(check).not.toThrow();
});
