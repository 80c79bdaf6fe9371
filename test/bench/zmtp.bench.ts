import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { build } from "esbuild";
import { type BenchReport, type BenchRow, failedRow, machine, makeRow } from "./measure.ts";
import { PAIR_CASES, ROUND_TRIP } from "./zmtp/cases.ts";
import { commandsOf, fanOutRow, pairRow, roundTripRows, webSocketRows } from "./zmtp/rows.ts";
import { runPair } from "./zmtp/runs.ts";
import { bunRuntime, denoRuntime, type Runtime } from "./zmtp/runtimes.ts";

export const name = "zmtp";

/** What is asked of the package unpacked. */
const MAX_PACKAGE_BYTES = 1_000_000;

/** Makes what the processes run: one file, beside the packages that it finds. */
export async function buildSide(): Promise<void> {
  await build({
    entryPoints: ["test/bench/zmtp/side.ts"],
    outfile: "build/bench/zmtp_side.mjs",
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "warning",
  });
}

/** Whether every run of a runtime ends; `ours` counts those that did not. */
export async function runtimeRow(title: string, runtime: Runtime | string): Promise<BenchRow> {
  const cases = [PAIR_CASES[0]!, PAIR_CASES[1]!, PAIR_CASES[4]!, PAIR_CASES[5]!, PAIR_CASES[6]!, PAIR_CASES[7]!];
  const unit = `runs of ${cases.length} that did not end`;
  if (typeof runtime === "string") return makeRow({ case: title, ours: 0, peers: {}, unit, note: runtime });
  const failures: string[] = [];
  for (const one of cases) {
    await runPair(one.pattern, commandsOf(one, "ours", runtime)).catch((error: Error) =>
      failures.push(`${one.name}: ${error.message}`),
    );
  }
  const note = failures.length === 0 ? {} : { note: failures.join("; ") };
  return { ...makeRow({ case: title, ours: failures.length, peers: {}, unit, ...note }), met: failures.length === 0 };
}

function bytesUnder(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, one) => sum + bytesUnder(join(path, one)), 0);
}

function runOrThrow(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw error ?? new Error(`${program} ${args[0]}: ${stderr.trim().slice(-500)}`);
  return stdout;
}

/** What a user has on disk: this package, unpacked. What it needs beside it for sockets is in the note. */
export function sizeRow(): BenchRow {
  runOrThrow(process.execPath, "scripts/build.mjs");
  const [packed] = JSON.parse(runOrThrow("npm", "pack", "--dry-run", "--json", "--ignore-scripts"));
  const of = (...packages: string[]): number =>
    packages.reduce((sum, one) => sum + bytesUnder(join("node_modules", one)), 0);
  const zeromq = of("zeromq", "cmake-ts", "node-addon-api");
  const ours = packed.unpackedSize as number;
  const row = makeRow({
    case: "installed size",
    ours,
    peers: { zeromq: zeromq === 0 ? null : zeromq },
    unit: "bytes",
    note: `all of the package; ws and @noble are ${of("ws", "@noble/ciphers", "@noble/curves", "@noble/hashes")} more`,
  });
  return { ...row, met: ours < MAX_PACKAGE_BYTES };
}

/** What is run, by the names that a failure is told with. */
const CASES: readonly { readonly name: string; run(): Promise<readonly BenchRow[]> }[] = [
  ...PAIR_CASES.map((one) => ({ name: one.name, run: async () => [await pairRow(one)] })),
  { name: ROUND_TRIP.name, run: roundTripRows },
  { name: "pub to 4 sub, one process", run: async () => [await fanOutRow(1, 4.5)] },
  { name: "pub to 4 sub, 4 processes", run: async () => [await fanOutRow(4, 4)] },
  { name: "ws:// server", run: webSocketRows },
  { name: "Deno, every run", run: async () => [await runtimeRow("Deno, every run", denoRuntime())] },
  { name: "Bun, every run", run: async () => [await runtimeRow("Bun, every run", bunRuntime())] },
  { name: "installed size", run: async () => [sizeRow()] },
];

/** Sockets between processes, beside npm's zeromq and libzmq itself. A case that fails leaves a row that says so. */
export async function run(): Promise<BenchReport> {
  await buildSide();
  const rows: BenchRow[] = [];
  for (const one of CASES) {
    const more = await one.run().catch((error: unknown) => [failedRow(one.name, error)]);
    rows.push(...more);
    for (const row of more) process.stderr.write(`${row.case}: ${row.failure ?? JSON.stringify(row.ratios)}\n`);
  }
  return { bench: name, machine: machine(), rows };
}
