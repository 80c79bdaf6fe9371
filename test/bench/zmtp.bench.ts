import { readdirSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { build } from "esbuild";
import { curveKeyPair } from "../../src/node/zmtp/mod.ts";
import { type BenchReport, type BenchRow, machine, makeRow, median } from "./measure.ts";
import { FAN_OUT, PAIR_CASES, type PairCase, ROUND_TRIP } from "./zmtp/cases.ts";
import type { BenchOptions, LibraryName } from "./zmtp/library.ts";
import { type PairCommands, type RunTask, runFanOut, runPair, sides } from "./zmtp/runs.ts";
import { bunRuntime, denoRuntime, NODE, nativeProgram, pinned, type Runtime } from "./zmtp/runtimes.ts";
import type { SideReport } from "./zmtp/task.ts";

export const name = "zmtp";

const ROUNDS = 5;

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

const perMessage = ({ messages, ns }: SideReport): number => ns! / messages!;

/** The medians of runs, one of each after the other. */
async function interleaved(runs: Readonly<Record<string, () => Promise<number>>>): Promise<Record<string, number>> {
  const values: Record<string, number[]> = Object.fromEntries(Object.keys(runs).map((one) => [one, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [one, run] of Object.entries(runs)) values[one]!.push(await run());
  }
  return Object.fromEntries(Object.entries(values).map(([one, all]) => [one, median(all)]));
}

const KEYS = { server: curveKeyPair(), client: curveKeyPair() };

/** The options of who binds and of who connects. */
function optionsOf(isCurve: boolean): { readonly bind: BenchOptions; readonly connect: BenchOptions } {
  if (!isCurve) return { bind: {}, connect: {} };
  const { server, client } = KEYS;
  return {
    bind: { curveServer: true, curveSecretKey: server.secretKey, curvePublicKey: server.publicKey },
    connect: { curveServerKey: server.publicKey, curveSecretKey: client.secretKey, curvePublicKey: client.publicKey },
  };
}

/** The processes of a case with one library in both. */
export function commandsOf(one: PairCase, library: LibraryName, runtime: Runtime = NODE): PairCommands {
  const api = library === "ours" ? one.api : "await";
  const { bytes, spanMs, inFlight: count } = one;
  const task: RunTask = { library, api, bytes, spanMs, count, sockets: 1, options: {} };
  const options = optionsOf(one.isCurve);
  return sides({ ...task, options: options.bind }, { ...task, options: options.connect }, runtime);
}

function nativeCommands(path: string, { bytes, spanMs, inFlight }: PairCase): PairCommands {
  const command = (role: string, endpoint: string): readonly string[] => [
    path,
    role,
    endpoint,
    ...[bytes, spanMs, inFlight].map(String),
  ];
  return { bind: command, connect: command };
}

function pinnedCommands(commands: PairCommands): PairCommands {
  return {
    bind: (role, endpoint) => pinned(commands.bind(role, endpoint)),
    connect: (role, endpoint) => pinned(commands.connect(role, endpoint)),
  };
}

/** One row of messages between two processes. */
export async function pairRow(one: PairCase): Promise<BenchRow> {
  const native = one.hasLimit ? nativeProgram() : undefined;
  const run = (commands: PairCommands) => async (): Promise<number> => perMessage(await runPair(one.pattern, commands));
  const { ours, ...peers } = await interleaved({
    ours: run(commandsOf(one, "ours")),
    zeromq: run(commandsOf(one, "zeromq")),
    ...(typeof native === "object" ? { libzmq: run(nativeCommands(native.path, one)) } : {}),
  });
  const note = typeof native === "string" ? { note: native } : {};
  return makeRow({ case: one.name, ours: ours!, peers, unit: "ns a message", target: one.target, ...note });
}

/** Median and slowest hundredth of round trips, both sides on one core. */
export async function roundTripRows(): Promise<BenchRow[]> {
  const reports: Record<"ours" | "zeromq", SideReport[]> = { ours: [], zeromq: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const library of ["ours", "zeromq"] as const) {
      const commands = pinnedCommands(commandsOf(ROUND_TRIP, library));
      reports[library].push(await runPair(ROUND_TRIP.pattern, commands));
    }
  }
  const row = (at: "p50" | "p99", atLeast: number): BenchRow =>
    makeRow({
      case: `${ROUND_TRIP.name}, ${at}`,
      ours: median(reports.ours.map((one) => one[at]!)),
      peers: { zeromq: median(reports.zeromq.map((one) => one[at]!)) },
      unit: "ns",
      target: { peer: "zeromq", atLeast },
    });
  return [row("p50", 1.7), row("p99", 0.8)];
}

export async function fanOutRow(processes: number, atLeast: number): Promise<BenchRow> {
  const run = (library: LibraryName) => (): Promise<number> => runFanOut({ ...FAN_OUT, library }, processes);
  const { ours, ...peers } = await interleaved({ ours: run("ours"), zeromq: run("zeromq") });
  const where = processes === 1 ? "one process" : `${processes} processes`;
  const target = { peer: "zeromq", atLeast };
  return makeRow({ case: `pub to 4 sub 256 B, ${where}`, ours: ours!, peers, unit: "ns a message", target });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Servers of WebSockets, all fed by our client. */
export async function webSocketRow(): Promise<BenchRow> {
  const run = (library: LibraryName) => async (): Promise<number> => {
    const endpoint = `ws://127.0.0.1:${await freePort()}/`;
    const task = { bytes: 16, spanMs: 600, count: 0, sockets: 1, options: {}, endpoint };
    const api = library === "zeromq" ? "await" : "batch";
    const options = library === "jszmq" ? { webSocketMechanism: false } : {};
    const commands = sides({ ...task, library, api }, { ...task, library: "ours", api: "batch", options });
    return perMessage(await runPair("push/pull", commands));
  };
  const { ours, ...peers } = await interleaved({ ours: run("ours"), jszmq: run("jszmq"), zeromq: run("zeromq") });
  const target = { peer: "jszmq", atLeast: 3 };
  return makeRow({ case: "push/pull 16 B, ws:// server", ours: ours!, peers, unit: "ns a message", target });
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

/** What a user of the sockets has on disk: this package, and what it can't do without. */
export function sizeRow(): BenchRow {
  const of = (...packages: string[]): number =>
    packages.reduce((sum, one) => sum + bytesUnder(join("node_modules", one)), 0);
  const sockets = ["dist/core", "dist/sansio", "dist/ports", "dist/protocols/zmtp", "dist/sockets", "dist/node/zmtp"];
  const zeromq = of("zeromq", "cmake-ts", "node-addon-api");
  return makeRow({
    case: "installed size",
    ours: sockets.reduce((sum, one) => sum + bytesUnder(one), 0),
    peers: { zeromq: zeromq === 0 ? null : zeromq },
    unit: "bytes",
    note: `the sockets and what they import of this package; all of it is ${bytesUnder("dist")}, ws and @noble are ${of("ws", "@noble/ciphers", "@noble/curves", "@noble/hashes")} more`,
  });
}

/** Sockets between processes, beside npm's zeromq and libzmq itself. */
export async function run(): Promise<BenchReport> {
  await buildSide();
  const rows: BenchRow[] = [];
  const add = (...more: BenchRow[]): void => {
    rows.push(...more);
    for (const one of more) process.stderr.write(`${one.case}: ${JSON.stringify(one.ratios)}\n`);
  };
  for (const one of PAIR_CASES) add(await pairRow(one));
  add(...(await roundTripRows()));
  add(await fanOutRow(1, 4.5), await fanOutRow(4, 4));
  add(await webSocketRow());
  add(await runtimeRow("Deno, every run", denoRuntime()));
  add(await runtimeRow("Bun, every run", bunRuntime()));
  add(sizeRow());
  return { bench: name, machine: machine(), rows };
}
