import type { Log, LogFields, LogLevel } from "../ports/log.ts";

/** How a log is written. */
export interface LogOptions {
  readonly format: "text" | "json";
  /** Lines below it are left out; looked at for each line, so that it may change. */
  readonly level: LogLevel;
  /** Text for a terminal is coloured. */
  readonly colours: boolean;
  /** Takes a line with its newline. */
  readonly write: (line: string) => void;
  readonly utcMs: () => number;
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
const COLOURS: Readonly<Record<LogLevel, string>> = { debug: "\x1b[2m", info: "", warn: "\x1b[33m", error: "\x1b[31m" };
const RESET = "\x1b[0m";

/** A structured log: `{"time","level","event",…}` a line, or `12:00:01 info stored processes=100` for people. */
export function createLog(options: LogOptions): Log {
  return {
    write(level, event, fields = {}) {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(options.level)) return;
      const time = new Date(options.utcMs()).toISOString();
      if (options.format === "json") options.write(`${JSON.stringify({ time, level, event, ...fields })}\n`);
      else options.write(textLine(time, level, event, fields, options.colours));
    },
  };
}

function textLine(time: string, level: LogLevel, event: string, fields: LogFields, colours: boolean): string {
  let line = `${time.slice(11, 23)} ${level.padEnd(5)} ${event}`;
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) line += ` ${name}=${shown(value)}`;
  const colour = colours ? COLOURS[level] : "";
  return colour === "" ? `${line}\n` : `${colour}${line}${RESET}\n`;
}

/** What a peer sent may stand in a field: quoted when it holds anything but plain text, so it can't fake a line. */
function shown(value: string | number | boolean | null): string {
  return typeof value === "string" && !/^[\w.:/@+%-]+$/.test(value) ? JSON.stringify(value) : String(value);
}
