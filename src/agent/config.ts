import { closestName } from "./closest_name.ts";
import { isLoopback, splitAddress } from "./config_values.ts";
import { type AgentConfig, flagOf, SETTINGS, type Setting } from "./settings.ts";

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** The key, as the file spells it. */
  readonly key: string;
  readonly from: "flag" | "file";
  readonly found: string;
  readonly expected: string;
  /** The key that a misspelt one most likely meant. */
  readonly suggestion?: string;
}

/** Where the values of a configuration come from. */
export interface ConfigSources {
  /** By key, as the command line gave them: strings, `true`, or an array for a repeated flag. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** The parsed configuration file, whatever it holds. */
  readonly file?: unknown;
}

/** Longer values are cut in messages. */
const MAX_SHOWN_CHARS = 80;

const BY_KEY: ReadonlyMap<string, readonly [keyof AgentConfig, Setting<unknown>]> = new Map(
  (Object.entries(SETTINGS) as [keyof AgentConfig, Setting<unknown>][]).map((entry) => [entry[1].key, entry]),
);

/** The keys of a configuration file. */
export const CONFIG_KEYS: readonly string[] = [...BY_KEY.keys()];

/**
 * Checks flags and file and puts them together: a flag wins over the file, the file over the default. Every problem is
 * reported, also those of a value that a flag overrides; the configuration is to be used only when there are none.
 *
 * @example
 * ```ts
 * const { config, problems } = resolveConfig({ flags: { top: "20" }, file: { interval: "5s" } });
 * config.top; // 20
 * config.intervalMs; // 5000
 * problems; // []
 * ```
 */
export function resolveConfig(sources: ConfigSources): {
  readonly config: AgentConfig;
  readonly problems: readonly ConfigProblem[];
} {
  const problems: ConfigProblem[] = [];
  const fromFile = readSource("file", fileEntries(sources.file, problems), problems);
  const fromFlags = readSource("flag", Object.entries(sources.flags), problems);
  const defaults = Object.fromEntries(Object.entries(SETTINGS).map(([field, setting]) => [field, setting.fallback]));
  // `all` and `top` are one choice: the flag for one of them beats the file's word on the other.
  if (fromFlags["top"] !== undefined && fromFlags["all"] === undefined) delete fromFile["all"];
  const given = { ...fromFile, ...fromFlags };
  // Who names a CA or a certificate wants TLS.
  const tls = given["tls"] ?? (given["tlsCa"] !== undefined || given["tlsCert"] !== undefined);
  const config = { ...defaults, ...given, tls } as unknown as AgentConfig;
  checkCertificate(config, fromFlags, problems);
  checkPlaintext(config, fromFlags["servers"] === undefined ? "file" : "flag", problems);
  return { config, problems };
}

/** One line: key, what was found, what is expected, and what was most likely meant. */
export function describeProblem(problem: ConfigProblem): string {
  const name = problem.from === "flag" ? `--${flagOf(problem.key)}` : `${problem.key} (configuration file)`;
  const hint = problem.suggestion === undefined ? "" : `; did you mean ${problem.suggestion}?`;
  return `${name}: found ${problem.found}, expected ${problem.expected}${hint}`;
}

function fileEntries(file: unknown, problems: ConfigProblem[]): [string, unknown][] {
  if (file === undefined) return [];
  if (typeof file === "object" && file !== null && !Array.isArray(file)) return Object.entries(file);
  problems.push({
    key: "config",
    from: "file",
    found: show(file),
    expected: "a JSON object with the settings as keys",
  });
  return [];
}

function readSource(
  from: "flag" | "file",
  entries: readonly (readonly [string, unknown])[],
  problems: ConfigProblem[],
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, found] of entries) {
    const known = BY_KEY.get(key);
    if (known === undefined) {
      const suggestion = closestName(key, CONFIG_KEYS);
      const expected = suggestion === undefined ? `one of ${CONFIG_KEYS.join(", ")}` : "a known setting";
      problems.push({ key, from, found: "an unknown setting", expected, ...(suggestion && { suggestion }) });
      continue;
    }
    const [field, setting] = known;
    const parsed = setting.parse(found);
    if ("value" in parsed) values[field] = parsed.value;
    else problems.push({ key, from, found: show(found), expected: parsed.expected });
  }
  if (values["all"] === true && values["top"] !== undefined) {
    problems.push({ key: "all", from, found: "top as well", expected: "one of the two" });
  }
  return values;
}

/** A certificate is of no use without its key, nor a key without its certificate. */
function checkCertificate(
  { tlsCert, tlsKey }: AgentConfig,
  fromFlags: Readonly<Record<string, unknown>>,
  problems: ConfigProblem[],
): void {
  if ((tlsCert === undefined) === (tlsKey === undefined)) return;
  const [key, other] = tlsCert === undefined ? (["tlsKey", "tlsCert"] as const) : (["tlsCert", "tlsKey"] as const);
  const from = fromFlags[key] === undefined ? "file" : "flag";
  problems.push({ key, from, found: `no ${other}`, expected: `${other} as well` });
}

/** Snapshots say who runs what on a machine: nobody sends that unencrypted by accident. */
function checkPlaintext(config: AgentConfig, from: "flag" | "file", problems: ConfigProblem[]): void {
  if (config.tls || config.insecurePlaintext) return;
  const remote = config.servers.find((server) => !isLoopback(splitAddress(server)?.host ?? ""));
  if (remote === undefined) return;
  problems.push({
    key: "server",
    from,
    found: `${remote}, which is not this machine`,
    expected: "--tls-ca or --tls, a loopback address, or --insecure-plaintext to send unencrypted",
  });
}

function show(found: unknown): string {
  const shown = JSON.stringify(found) ?? String(found);
  return shown.length > MAX_SHOWN_CHARS ? `${shown.slice(0, MAX_SHOWN_CHARS)}…` : shown;
}
