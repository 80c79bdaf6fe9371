import type { CommandIo } from "./command.ts";

/** What is not a terminal takes any width; this much is still read with ease, and found whole by a search. */
const PIPE_COLUMNS = 160;
/** Narrower than this, lines would be nothing but indentation. */
const MIN_COLUMNS = 60;

/** What standard output can show. */
export interface Terminal {
  readonly hasColours: boolean;
  readonly columns: number;
}

/** Colours only on a terminal, and not where NO_COLOR asks for none or the terminal has none. */
export function terminalOf({ stdout, env }: CommandIo): Terminal {
  const isTerminal = stdout.isTTY === true;
  // NO_COLOR counts when it is there and not empty (no-color.org).
  const hasColours = isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  const columns = isTerminal && "columns" in stdout ? Number(stdout.columns) : PIPE_COLUMNS;
  return { hasColours, columns: Number.isFinite(columns) ? Math.max(MIN_COLUMNS, columns) : PIPE_COLUMNS };
}
