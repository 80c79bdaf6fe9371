import { parseArgs } from "node:util";
import { closestName } from "../agent/closest_name.ts";
import { UsageError } from "./command.ts";

/** One flag of a command. */
export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  /** What stands after it, as the help page calls it; without one the flag is there or not, and `--no-NAME` turns it off. */
  readonly argument?: string;
  /** May be given more than once; its value is an array then. */
  readonly repeatable?: boolean;
  readonly summary: string;
}

/** What a command line says, by flag name. */
export interface ParsedFlags {
  readonly values: Readonly<Record<string, string | boolean | readonly string[]>>;
  readonly positionals: readonly string[];
}

/** The help page breaks lines here, which fits the terminals of today and is easy to read. */
const PAGE_COLUMNS = 96;

/**
 * Reads the flags of a command. The last one wins when one is given twice.
 *
 * @throws UsageError for an unknown flag (with the one that was most likely meant), a missing value or one too many
 */
export function parseFlags(flags: readonly Flag[], args: readonly string[]): ParsedFlags {
  const options = Object.fromEntries(
    flags.map(({ name, argument }) => [name, { type: argument === undefined ? "boolean" : "string" } as const]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const values: Record<string, string | boolean | string[]> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const flag = flags.find(({ name }) => name === token.name);
    const negated = flags.find(({ name, argument }) => argument === undefined && `no-${name}` === token.name);
    if (flag?.argument !== undefined) {
      const value = flagValue(flag, token.value, token.inlineValue);
      if (flag.repeatable) values[flag.name] = [...((values[flag.name] as string[] | undefined) ?? []), value];
      else values[flag.name] = value;
      continue;
    }
    const known = flag ?? negated;
    if (known === undefined) throw unknownFlag(token.rawName, flags);
    if (token.value !== undefined) throw new UsageError(`--${known.name} takes no value, found ${token.value}`);
    values[known.name] = flag !== undefined;
  }
  return { values, positionals };
}

/** The flags as lines of a help page. */
export function flagLines(flags: readonly Flag[]): string {
  const heads = flags.map(({ name, argument }) => `  --${name}${argument === undefined ? "" : ` ${argument}`}`);
  const indent = Math.max(...heads.map((head) => head.length)) + 2;
  return flags
    .map(({ summary }, i) => {
      const lines = wrap(summary, PAGE_COLUMNS - indent);
      return `${heads[i]!.padEnd(indent)}${lines.join(`\n${" ".repeat(indent)}`)}`;
    })
    .join("\n");
}

function flagValue(flag: Flag, value: string | undefined, isInline: boolean | undefined): string {
  // A value that looks like a flag is a forgotten value, unless it was written with `=`.
  if (value === undefined || (!isInline && value.startsWith("-") && value.length > 1)) {
    throw new UsageError(`--${flag.name} needs a value: --${flag.name} ${flag.argument}`);
  }
  return value;
}

function unknownFlag(rawName: string, flags: readonly Flag[]): UsageError {
  const names = flags.map(({ name }) => name);
  const meant = closestName(rawName.replace(/^-+/, ""), names);
  return new UsageError(`unknown option ${rawName}${meant === undefined ? "" : `; did you mean --${meant}?`}`);
}

function wrap(text: string, columns: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}
