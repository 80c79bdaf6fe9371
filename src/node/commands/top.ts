import type { ReadStream, WriteStream } from "node:tty";
import { duration, hostAndPort, isLoopback, oneOf, splitAddress } from "../../agent/config_values.ts";
import { COLOURS, jsonLine, NO_COLOURS, printable } from "../../inspect/mod.ts";
import { JSON_FLAG } from "../capture_options.ts";
import { systemClock } from "../clock.ts";
import { type Command, type CommandIo, EXIT_OK, UsageError } from "../command.ts";
import { type Flag, flagLines, type ParsedFlags, parseFlags } from "../flags.ts";
import { parseOption } from "../option_values.ts";
import { terminalOf } from "../terminal.ts";
import { TextOutput } from "../text_output.ts";
import type { OverviewFeed } from "../top/overview_source.ts";
import { serverFeed } from "../top/server_feed.ts";
import { StoreFeed } from "../top/store_feed.ts";
import { sortAgents, type TopOrder, topTable } from "../top/top_view.ts";
import { TopWatch } from "../top/watch.ts";
import { zstdCompressor } from "../zstd.ts";

const DEFAULTS = { interval: "2s", silent: "10m" } as const;
const MIN_INTERVAL_MS = 100;
const MAX_INTERVAL_MS = 3_600_000;
const MAX_SILENT_MS = 31_536_000_000;

const FLAGS: readonly Flag[] = [
  {
    name: "server",
    argument: "HOST:PORT",
    summary: "Ask a running server instead; its HTTP address (127.0.0.1:7401).",
  },
  { name: "token-file", argument: "FILE", summary: "With --server: the bearer token that it asks for." },
  { name: "sort", argument: "ORDER", summary: "cpu, mem or name (cpu); a key changes it." },
  { name: "interval", argument: "DURATION", summary: `How often to look (${DEFAULTS.interval}).` },
  {
    name: "silent",
    argument: "DURATION",
    summary: `Leave out agents that were silent for so long (${DEFAULTS.silent}).`,
  },
  { name: "once", summary: "Print the table once, and end; so it is without a terminal." },
  { name: "insecure-plaintext", summary: "Ask a server that is not on this machine, unencrypted." },
  { ...JSON_FLAG, summary: "Print one JSON object an agent, once." },
];

const USAGE = `tidewire top: watch agents and their busiest processes

  tidewire top DIR [options]
  tidewire top --server HOST:PORT [options]

DIR is a server's store; it is only read, and followed while the server writes. CPU is the share of
all processors of a machine together, SEEN how long ago its last snapshot came in.

Keys: q ends; ↑ and ↓ choose an agent, whose processes are listed below; c, m and n sort by CPU,
memory and name.

${flagLines(FLAGS)}

Exit codes: 0 ok, 1 the store or the server can't be read, 2 usage.

Examples
  tidewire top data
  tidewire top --server 127.0.0.1:7401
  tidewire top data --json --silent 1h
`;

/** `tidewire top` */
export const topCommand: Command = {
  name: "top",
  summary: "watch agents and their busiest processes",
  usage: USAGE,
  async run(args, io): Promise<number> {
    const { values, positionals } = parseFlags(FLAGS, args);
    const feed = await feedOf(values, positionals);
    const order = parseOption<TopOrder>("sort", values["sort"] ?? "cpu", oneOf(["cpu", "mem", "name"]));
    const everyMs = duration(MIN_INTERVAL_MS, MAX_INTERVAL_MS);
    const refreshMs = parseOption("interval", values["interval"] ?? DEFAULTS.interval, everyMs);
    const paint = terminalOf(io).hasColours ? COLOURS : NO_COLOURS;
    const isWatched = io.stdout.isTTY === true && io.stdin.isTTY === true;
    if (!isWatched || values["once"] === true || values["json"] === true) {
      await printOnce(feed, order, values["json"] === true, io);
      return EXIT_OK;
    }
    const watch = new TopWatch(feed, systemClock, paint, refreshMs, order);
    await watch.run(io.stdin as ReadStream, io.stdout as WriteStream);
    return EXIT_OK;
  },
};

async function feedOf(values: ParsedFlags["values"], [folder, more]: readonly string[]): Promise<OverviewFeed> {
  const { server } = values;
  const silentMs = parseOption("silent", values["silent"] ?? DEFAULTS.silent, duration(1_000, MAX_SILENT_MS));
  if ((folder === undefined) === (server === undefined)) {
    throw new UsageError("expected the folder of a store, or --server HOST:PORT, and one of them only");
  }
  if (more !== undefined) throw new UsageError(`found ${printable(more)}, expected one DIR`);
  if (folder !== undefined) return new StoreFeed(folder, silentMs, systemClock, await zstdCompressor());
  const address = parseOption("server", server, hostAndPort);
  if (!isLoopback(splitAddress(address)!.host) && values["insecure-plaintext"] !== true) {
    throw new UsageError(
      `--server: found ${address}, which is not this machine: its answer, and a token, would travel unencrypted. Use a tunnel's near end, or say --insecure-plaintext`,
    );
  }
  return serverFeed(address, values["token-file"] as string | undefined, silentMs, systemClock);
}

async function printOnce(feed: OverviewFeed, order: TopOrder, isJson: boolean, io: CommandIo): Promise<void> {
  const overviews = await feed.read();
  const nowMs = systemClock.utcMs();
  const agents = sortAgents(overviews.agents, order, nowMs);
  const output = new TextOutput(io.stdout);
  if (isJson) {
    for (const { processes, ...agent } of agents) {
      await output.print(jsonLine({ ...agent, processes: processes.map((process) => ({ ...process })) }));
    }
  } else {
    const { columns, hasColours } = terminalOf(io);
    const paint = hasColours ? COLOURS : NO_COLOURS;
    const state = { ...overviews, order, selectedId: undefined, source: feed.name, nowMs, trouble: undefined };
    await output.print(...topTable(state, agents, columns, paint));
  }
  await output.flush();
}
