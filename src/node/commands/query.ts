import { stat } from "node:fs/promises";
import { text, type ValueParser } from "../../agent/config_values.ts";
import { printable } from "../../inspect/mod.ts";
import { DEFAULT_QUERY_FIELDS, QUERY_FIELDS, type QueryField } from "../../inspect/process_fields.ts";
import { counted } from "../../inspect/quantities.ts";
import { protocolOfAgents } from "../../inspect/selected_agents.ts";
import { snapshotRowOf } from "../../inspect/snapshot_row.ts";
import { MAX_AGENT_ID_BYTES } from "../../protocols/snapshot/mod.ts";
import { STDIN_NAME, UnreadableFileError } from "../capture_file.ts";
import { readCapture } from "../capture_items.ts";
import { systemClock } from "../clock.ts";
import { type Command, type CommandIo, EXIT_FAILURE, EXIT_FINDINGS, EXIT_OK, UsageError } from "../command.ts";
import { type Flag, flagLines, type ParsedFlags, parseFlags } from "../flags.ts";
import { parseOption } from "../option_values.ts";
import { ProgressLine } from "../progress_line.ts";
import { csvRows, jsonRows, type RowPrinter, tableRows } from "../query_rows.ts";
import { storeFiles } from "../store_files.ts";
import { terminalOf } from "../terminal.ts";
import { TextOutput } from "../text_output.ts";
import { timeBefore, withJoinedTimes } from "../time_option.ts";

const TIME_FLAGS: readonly string[] = ["--since", "--until"];

const FLAGS: readonly Flag[] = [
  { name: "agent", argument: "ID", repeatable: true, summary: "Only this agent (all). May be given more than once." },
  { name: "since", argument: "TIME", summary: "Only snapshots taken at this time or later." },
  { name: "until", argument: "TIME", summary: "Only snapshots taken before this time." },
  {
    name: "process",
    argument: "REGEX",
    summary: "Only processes whose name, or command line where there is one, it matches.",
  },
  {
    name: "fields",
    argument: "LIST",
    summary: `Which columns, with commas between them (${DEFAULT_QUERY_FIELDS.join(",")}). Without one of a process, one row a snapshot.`,
  },
  { name: "json", summary: "One JSON object a row." },
  { name: "csv", summary: "Comma-separated values with a header." },
];

const USAGE = `tidewire query: rows of processes from stored files

  tidewire query DIR [options]

DIR is a server's store, which may be in use, or a .tide file; - is standard input. What matches is
printed as it is found, in the order in which it was stored.

${flagLines(FLAGS)}

TIME is ISO 8601, UTC unless it says otherwise, or counted back from now: 2026-11-21,
"2026-11-21 08:30", 2026-11-21T08:30:00+01:00, -90s, -15m, -1h, -7d, now. What counts is the end of
the sampling window, by the agent's clock. Files that ended before --since are not read.

Fields: ${QUERY_FIELDS.map(({ name }) => name).join(", ")}.

CSV is quoted as RFC 4180 asks for. A text that a spreadsheet would take for a formula (it begins
with = + - @ or a tab) gets an apostrophe in front; --json has every text as it is.

Exit codes: 0 ok, 1 a file can't be read, 2 usage, 3 something could not be decoded (see check).

Examples
  tidewire query data --agent db-1 --since -1h --process postgres
  tidewire query data --since 2026-11-20 --until 2026-11-21 --csv > day.csv
  tidewire query data --fields time,agentId,cpuTotalPct,memUsedBytes --json
`;

/** What is asked for, checked. */
interface Query {
  readonly isAgent: (agentId: string) => boolean;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly process: RegExp | undefined;
  readonly fields: readonly QueryField[];
}

/** `tidewire query` */
export const queryCommand: Command = {
  name: "query",
  summary: "rows of processes from stored files, as a table, CSV or JSON",
  usage: USAGE,
  async run(args, io): Promise<number> {
    const { values, positionals } = parseFlags(FLAGS, withJoinedTimes(args, TIME_FLAGS));
    const [place, more] = positionals;
    if (place === undefined) throw new UsageError("no DIR was given; name the folder of a store, or a .tide file");
    if (more !== undefined)
      throw new UsageError(`found ${printable(more)} behind ${printable(place)}, expected one DIR`);
    if (values["json"] === true && values["csv"] === true) throw new UsageError("--json and --csv: only one of them");
    const query = queryOf(values);
    const output = new TextOutput(io.stdout);
    const printer = printerOf(values, query.fields, io);
    await output.print(...printer.head());
    let exitCode: number = EXIT_OK;
    try {
      const files = await filesOf(place, query.sinceMs);
      const faults = await new QueryPass(query, printer, output, io).readAll(files);
      if (faults > 0) exitCode = EXIT_FINDINGS;
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw error;
      await output.flush();
      io.stderr.write(`tidewire: ${printable(error.message)}\n`);
      exitCode = EXIT_FAILURE;
    }
    await output.flush();
    return exitCode;
  },
};

function queryOf(values: ParsedFlags["values"]): Query {
  const agents = ((values["agent"] ?? []) as readonly string[]).map((one) =>
    parseOption("agent", one, text(MAX_AGENT_ID_BYTES)),
  );
  const parseTime = timeBefore(systemClock.utcMs());
  const time = (flag: string, otherwise: number): number =>
    values[flag] === undefined ? otherwise : parseOption(flag, values[flag], parseTime);
  const wanted = new Set(agents);
  const query = {
    isAgent: wanted.size === 0 ? () => true : (agentId: string) => wanted.has(agentId),
    sinceMs: time("since", Number.NEGATIVE_INFINITY),
    untilMs: time("until", Number.POSITIVE_INFINITY),
    process: values["process"] === undefined ? undefined : parseOption("process", values["process"], regex),
    fields: fieldsOf(values["fields"] as string | undefined),
  };
  if (query.sinceMs >= query.untilMs) throw new UsageError("--since is not before --until: nothing can match");
  return query;
}

const regex: ValueParser<RegExp> = (found) => {
  try {
    return { value: new RegExp(String(found), "u") };
  } catch (error) {
    return { expected: `a regular expression (${(error as Error).message})` };
  }
};

function fieldsOf(list: string | undefined): QueryField[] {
  const names = list === undefined ? DEFAULT_QUERY_FIELDS : list.split(",").map((name) => name.trim());
  return names.map((name) => {
    const field = QUERY_FIELDS.find((one) => one.name === name);
    if (field !== undefined) return field;
    const known = QUERY_FIELDS.map((one) => one.name).join(", ");
    throw new UsageError(`--fields: found ${printable(name)}, expected some of ${known}`);
  });
}

function printerOf(values: ParsedFlags["values"], fields: readonly QueryField[], io: CommandIo): RowPrinter {
  if (values["json"] === true) return jsonRows(fields);
  return values["csv"] === true ? csvRows(fields) : tableRows(fields, terminalOf(io));
}

async function filesOf(place: string, sinceMs: number): Promise<string[]> {
  if (place === STDIN_NAME) return [place];
  const isFolder = await stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return [place];
  return (await storeFiles(place)).filter(({ lastMs }) => lastMs >= sinceMs).map(({ path }) => path);
}

/** One pass over the files; holds a chunk of one of them at a time. */
class QueryPass {
  readonly #query: Query;
  readonly #printer: RowPrinter;
  readonly #output: TextOutput;
  readonly #io: CommandIo;
  readonly #progress: ProgressLine;
  readonly #isPerSnapshot: boolean;
  #rows = 0;

  constructor(query: Query, printer: RowPrinter, output: TextOutput, io: CommandIo) {
    this.#query = query;
    this.#printer = printer;
    this.#output = output;
    this.#io = io;
    this.#progress = new ProgressLine(io.stderr);
    this.#isPerSnapshot = query.process === undefined && query.fields.every(({ isOfMachine }) => isOfMachine);
  }

  /** @returns places that could not be decoded; they are said on standard error */
  async readAll(files: readonly string[]): Promise<number> {
    const definition = protocolOfAgents(this.#query.isAgent);
    let faults = 0;
    for (const [i, file] of files.entries()) {
      let found = 0;
      let lastError = "";
      await readCapture(file, definition, this.#io, {
        item: (item) => {
          if (item.type === "frame") return this.#take(item.row);
          found++;
          lastError = item.errorName;
          return undefined;
        },
        pause: async () => {
          // Between chunks, so that a terminal shows rows and progress in turns.
          if (this.#io.stdout.isTTY === true) await this.#output.flush();
          else
            this.#progress.update(() => `${i + 1} of ${counted(files.length, "file")}, ${counted(this.#rows, "row")}`);
        },
      });
      // A server that writes to the newest file may be in the middle of a frame.
      const isBeingWritten = i === files.length - 1 && found === 1 && lastError === "TRUNCATED";
      if (found === 0 || isBeingWritten) continue;
      faults += found;
      this.#progress.clear();
      const places = counted(found, "place");
      this.#io.stderr.write(`tidewire: ${printable(file)}: ${places} can't be decoded; tidewire check says where\n`);
    }
    this.#progress.clear();
    return faults;
  }

  #take(frame: Parameters<typeof snapshotRowOf>[0]): Promise<void> | undefined {
    const row = snapshotRowOf(frame);
    const snapshot = row?.payload;
    if (row === undefined || snapshot === undefined) return undefined;
    const { sinceMs, untilMs, process: pattern } = this.#query;
    if (snapshot.windowEndMs < sinceMs || snapshot.windowEndMs >= untilMs) return undefined;
    const lines: string[] = [];
    if (this.#isPerSnapshot) lines.push(this.#printer.line({ row, snapshot, process: undefined, rank: undefined }));
    else {
      for (const [i, process] of snapshot.processes.entries()) {
        const { name, cmdline } = process;
        if (pattern !== undefined && !pattern.test(name) && !(cmdline !== null && pattern.test(cmdline))) continue;
        lines.push(this.#printer.line({ row, snapshot, process, rank: i + 1 }));
      }
    }
    if (lines.length === 0) return undefined;
    this.#rows += lines.length;
    return this.#output.print(...lines);
  }
}
