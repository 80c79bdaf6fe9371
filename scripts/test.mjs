// npm test [-- --only node|deno|browser|types|lint] [--verbose]
//
// Plain Node: it installs what is missing before anything else, and only that step uses the network.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { denoEnvironment, findDeno } from "./find_deno.mjs";
import { installMissing, requireNode20 } from "./install_missing.mjs";
import { runStep } from "./run_step.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const parts = ["types", "lint", "node", "deno", "browser"];
const usage = `usage: npm test -- [--only ${parts.join("|")}] [--verbose]`;

/** Every result file of a runner, read as `{ passed, failed, skipped }`. */
const readers = {
  vitest(file) {
    const result = JSON.parse(readFileSync(file, "utf8"));
    // A file that does not load, or whose preparation fails, has no failed test of its own; it counts as one.
    const fallen = result.testResults.filter(
      (one) => one.status === "failed" && one.assertionResults.every((assertion) => assertion.status !== "failed"),
    );
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + fallen.length,
      skipped: result.numPendingTests + result.numTodoTests,
    };
  },
  junit(file) {
    const text = readFileSync(file, "utf8");
    const total = (name) => {
      const all = text.matchAll(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`, "g"));
      return [...all].reduce((sum, match) => sum + Number(match[1]), 0);
    };
    const failed = total("failures") + total("errors");
    const skipped = total("disabled") + total("skipped");
    return { passed: total("tests") - failed - skipped, failed, skipped };
  },
  counts(file) {
    return { skipped: 0, ...JSON.parse(readFileSync(file, "utf8")) };
  },
};

/** The steps in their order; `part` is what --only names, and a step without `read` counts as one test. */
function stepsOf(results) {
  const nodeEnv = { ...process.env, ...(process.stdout.isTTY ? {} : { NO_COLOR: "1" }) };
  const denoEnv = { ...denoEnvironment(), ...(process.stdout.isTTY ? {} : { NO_COLOR: "1" }) };
  const node = (...args) => ({ command: process.execPath, args, env: nodeEnv });
  const deno = (...args) => ({ command: findDeno().path, args, env: denoEnv });
  const tsc = (project) => node("node_modules/typescript/bin/tsc", "-p", project, "--noEmit");
  const result = (name) => join(results, name);
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--reporter=default", "--reporter=json"];
  const denoTest = ["test", "--no-prompt", "--no-check", "--allow-all", `--junit-path=${result("deno.xml")}`];
  const limited = ["--preload", "test/deno/time_limit.ts"];
  return [
    { part: "types", name: "the core's generated files are fresh", ...node("scripts/build_core.mjs", "--check") },
    { part: "types", name: "types: TypeScript", ...tsc("tsconfig.json") },
    { part: "types", name: "types: TypeScript, web", ...tsc("tsconfig.web.json") },
    { part: "types", name: "types: Deno", ...deno("check", "--quiet", "src", "deno", "test/deno") },
    {
      part: "lint",
      name: "lint: Biome",
      ...node("node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings"),
    },
    { part: "lint", name: "lint: Deno", ...deno("lint") },
    { part: "node", name: "build", ...node("scripts/build.mjs") },
    {
      part: "node",
      name: "tests: Node",
      ...node(...vitest, `--outputFile.json=${result("node.json")}`),
      read: () => readers.vitest(result("node.json")),
    },
    {
      part: "deno",
      name: "tests: Deno",
      ...deno(...denoTest, ...limited, "test/deno"),
      read: () => readers.junit(result("deno.xml")),
    },
    {
      part: "deno",
      name: "examples in the docs",
      ...deno(
        ...["test", "--doc", "--quiet", "--no-prompt", "--allow-all", `--junit-path=${result("examples.xml")}`],
        ...["--import-map", "test/deno/examples_import_map.json"],
        ...["src/mod.ts", "src/core", "src/sansio", "src/protocols", "src/sockets", "src/node/zmtp", "README.md"],
      ),
      read: () => readers.junit(result("examples.xml")),
    },
    {
      part: "browser",
      name: "tests: Chromium",
      ...node("test/browser/run.mjs", "--json", result("browser.json")),
      read: () => readers.counts(result("browser.json")),
    },
    {
      part: "browser",
      name: "tests: inspector in Chromium",
      ...node(
        ...vitest,
        ...["--config", "test/browser/inspector/vitest.config.ts", `--outputFile.json=${result("inspector.json")}`],
      ),
      read: () => readers.vitest(result("inspector.json")),
    },
  ];
}

/** Runs the steps one after the other, all of them, and sums what they report. */
async function runAll(steps, verbose) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const step of steps) {
    const ok = await runStep({ ...step, cwd: root, timeoutMs: 600_000 }, verbose);
    let counts = { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
    try {
      if (step.read !== undefined) counts = step.read();
    } catch {
      // No result file: the runner itself fell over, which is the failure counted above.
    }
    sum.passed += counts.passed;
    sum.skipped += counts.skipped;
    sum.failed += ok ? counts.failed : Math.max(1, counts.failed);
  }
  return sum;
}

function readArguments() {
  try {
    const { values } = parseArgs({ options: { only: { type: "string" }, verbose: { type: "boolean" } } });
    if (values.only !== undefined && !parts.includes(values.only)) throw new Error(`there is no part "${values.only}"`);
    return values;
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}

async function main() {
  requireNode20();
  const { only, verbose = false } = readArguments();
  await installMissing(root, console.log);
  const cache = join(root, "node_modules/.cache/tidewire");
  mkdirSync(cache, { recursive: true });
  const results = mkdtempSync(join(cache, "results-"));
  try {
    const steps = stepsOf(results).filter((step) => only === undefined || step.part === only);
    const { passed, failed, skipped } = await runAll(steps, verbose);
    console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
    process.exitCode = failed === 0 ? 0 : 1;
  } finally {
    rmSync(results, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(`npm test could not run: ${error.message}`);
  process.exitCode = 1;
});
