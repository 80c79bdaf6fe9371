import { type ServeOptions, UsageError } from "./serve_options.ts";

/** All options take up less than 2 KiB; a file that is larger is not a configuration. */
const MAX_FILE_BYTES = 65_536;

/** What a running server can change; the rest takes a restart. */
const LIVE: ReadonlySet<keyof ServeOptions> = new Set<keyof ServeOptions>([
  "logLevel",
  "maxBatchSnapshots",
  "maxBatchDelay",
  "rotateBytes",
  "rotateAge",
  "retainBytes",
  "retainAge",
  "drainTimeout",
]);

/**
 * A configuration file as flags, to stand before those of the command line: the last one wins.
 *
 * @param path a JSON object with the options as keys, in camelCase: `{ "retainAge": "7d", "noCompress": true }`
 * @throws UsageError
 */
export function configFlags(path: string): string[] {
  try {
    const { size } = Deno.statSync(path);
    if (size > MAX_FILE_BYTES) throw new Error(`found ${size} bytes, expected at most ${MAX_FILE_BYTES}`);
    const value: unknown = JSON.parse(Deno.readTextFileSync(path));
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new Error("expected one JSON object");
    return Object.entries(value).flatMap(([key, one]) => flagOf(key, one));
  } catch (error) {
    const hint = error instanceof Deno.errors.NotCapable ? "; --allow-read must name the file" : "";
    throw new UsageError(`--config ${path}: ${(error as Error).message}${hint}`);
  }
}

/**
 * The options in force after a file was read anew.
 *
 * @returns what was taken over and what would take a restart, by flag
 */
export function mergeLive(
  running: ServeOptions,
  next: ServeOptions,
): { readonly options: ServeOptions; readonly changed: readonly string[]; readonly needsRestart: readonly string[] } {
  const keys = Object.keys(next) as (keyof ServeOptions)[];
  const different = keys.filter((key) => JSON.stringify(running[key]) !== JSON.stringify(next[key]));
  const changed = different.filter((key) => LIVE.has(key));
  const options = { ...running, ...Object.fromEntries(changed.map((key) => [key, next[key]])) } as ServeOptions;
  const names = (of: readonly string[]): string[] => of.map((key) => kebabCase(key));
  return { options, changed: names(changed), needsRestart: names(different.filter((key) => !LIVE.has(key))) };
}

function flagOf(key: string, value: unknown): string[] {
  const flag = `--${kebabCase(key)}`;
  if (flag === "--config" || flag === "--help") throw new Error(`${key} can't stand in the file`);
  if (typeof value === "boolean") return value ? [flag] : [];
  if (typeof value !== "string" && typeof value !== "number")
    throw new Error(`${key}: expected text, a number or a boolean`);
  return [`${flag}=${value}`];
}

function kebabCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
