#!/usr/bin/env node
/** The `tidewire` command. */
import { closestName } from "../agent/closest_name.ts";
import { type CommandIo, EXIT_FAILURE, EXIT_OK, EXIT_USAGE, UsageError } from "./command.ts";
import { COMMANDS, type CommandEntry } from "./commands.ts";
import { packageVersion } from "./package_version.ts";

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length)) + 2;
  const list = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`).join("\n");
  return `tidewire ${packageVersion()}: monitoring snapshots that are never lost

  tidewire COMMAND [options]

${list}
  ${"help".padEnd(width)}how to use a command: tidewire help agent

  --version   the version
  --help      this page, or the page of a command

Exit codes: 0 ok, 1 failure, 2 usage, 3 findings.
`;
}

function findCommand(name: string): CommandEntry {
  const entry = COMMANDS.find((command) => command.name === name);
  if (entry !== undefined) return entry;
  const meant = closestName(name, [...COMMANDS.map((command) => command.name), "help"]);
  throw new UsageError(`unknown command ${name}${meant === undefined ? "" : `; did you mean ${meant}?`}`);
}

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const [name, ...rest] = args;
  if (name === "--version") {
    io.stdout.write(`${packageVersion()}\n`);
    return EXIT_OK;
  }
  const isHelp = name === undefined || name === "help" || name === "--help" || name === "-h";
  const topic = isHelp ? rest[0] : name;
  // Without any word there is nothing to do: the page says what there is, as an error.
  if (topic === undefined) {
    (name === undefined ? io.stderr : io.stdout).write(overview());
    return name === undefined ? EXIT_USAGE : EXIT_OK;
  }
  const command = await findCommand(topic).load();
  const options = rest.slice(0, rest.includes("--") ? rest.indexOf("--") : rest.length);
  if (isHelp || options.includes("--help") || options.includes("-h")) {
    io.stdout.write(command.usage);
    return EXIT_OK;
  }
  return command.run(rest, io);
}

async function main(): Promise<number> {
  const [, , ...args] = process.argv;
  // A log that nobody reads any more is no reason to stop; a result that nobody reads is the end.
  process.stderr.on("error", () => {});
  process.stdout.on("error", () => process.exit(EXIT_OK));
  try {
    return await run(args, process);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isUsage = error instanceof UsageError;
    const [command] = args;
    const page = COMMANDS.some(({ name }) => name === command) ? `tidewire help ${command}` : "tidewire help";
    process.stderr.write(`tidewire: ${message}\n${isUsage ? `See ${page}\n` : ""}`);
    return isUsage ? EXIT_USAGE : EXIT_FAILURE;
  }
}

const exitCode = await main();
// What is open still (a connection attempt, standard input) is of no interest any more; what was written goes out first.
process.stdout.write("", () => process.exit(exitCode));
