import { createServer } from "node:net";
import { curveKeyPair } from "../../../src/node/zmtp/mod.ts";
import { type BenchRow, importPeer, makeRow, median } from "../measure.ts";
import { FAN_OUT, type PairCase, ROUND_TRIP } from "./cases.ts";
import type { BenchOptions, LibraryName } from "./library.ts";
import { type PairCommands, type RunTask, runFanOut, runPair, sides } from "./runs.ts";
import { NODE, nativeProgram, pinned, type Runtime } from "./runtimes.ts";
import type { SideReport } from "./task.ts";

const ROUNDS = 5;

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
  const api = library === "zeromq" ? "await" : one.api;
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
  const others: LibraryName[] = one.isCurve ? ["ours with @noble"] : [];
  const hasNative = one.isCurve && (await importPeer("sodium-native")) !== null;
  if (hasNative) others.push("ours with sodium-native");
  const { ours, ...peers } = await interleaved({
    ours: run(commandsOf(one, "ours")),
    zeromq: run(commandsOf(one, "zeromq")),
    ...Object.fromEntries(others.map((other) => [other, run(commandsOf(one, other))])),
    ...(typeof native === "object" ? { libzmq: run(nativeCommands(native.path, one)) } : {}),
  });
  const note = typeof native === "string" ? { note: native } : {};
  const all = one.isCurve && !hasNative ? { ...peers, "ours with sodium-native": null } : peers;
  return makeRow({ case: one.name, ours: ours!, peers: all, unit: "ns a message", target: one.target, ...note });
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

/** A publisher in a process of its own and four subscribers in so many. */
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
export async function webSocketRows(): Promise<BenchRow[]> {
  const run = (library: LibraryName) => async (): Promise<number> => {
    const endpoint = `ws://127.0.0.1:${await freePort()}/`;
    const task = { bytes: 16, spanMs: 600, count: 0, sockets: 1, options: {}, endpoint };
    const api = library === "zeromq" ? "await" : "batch";
    const options = library === "jszmq" ? { webSocketMechanism: false } : {};
    const commands = sides({ ...task, library, api }, { ...task, library: "ours", api: "batch", options });
    return perMessage(await runPair("push/pull", commands));
  };
  const { ours, ...peers } = await interleaved({ ours: run("ours"), jszmq: run("jszmq"), zeromq: run("zeromq") });
  const row = (peer: string, atLeast: number): BenchRow =>
    makeRow({
      case: `push/pull 16 B, ws:// server beside ${peer}`,
      ours: ours!,
      peers: { [peer]: peers[peer]! },
      unit: "ns a message",
      target: { peer, atLeast },
    });
  return [row("jszmq", 3), row("zeromq", 1.1)];
}
