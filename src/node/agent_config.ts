import { readFileSync, statSync } from "node:fs";
import { describeProblem, resolveConfig } from "../agent/config.ts";
import { type AgentConfig, flagOf, SETTINGS, type Setting } from "../agent/settings.ts";
import { UsageError } from "./command.ts";
import type { Flag, ParsedFlags } from "./flags.ts";

/** All settings take up less than 1 KiB; a file that is larger is not a configuration. */
const MAX_FILE_BYTES = 65_536;

const ALL_SETTINGS = Object.values(SETTINGS) as Setting<unknown>[];

/** The settings as flags. */
export const SETTING_FLAGS: readonly Flag[] = ALL_SETTINGS.map(({ key, argument, repeatable, summary }) => ({
  name: flagOf(key),
  summary,
  ...(argument === undefined ? {} : { argument }),
  ...(repeatable === undefined ? {} : { repeatable }),
}));

/**
 * The configuration that flags and file make together.
 *
 * @throws UsageError that names each wrong key, what was found and what is expected
 */
export function readAgentConfig(values: ParsedFlags["values"], configPath: string | undefined): AgentConfig {
  const flags: Record<string, unknown> = {};
  for (const { key } of ALL_SETTINGS) {
    const value = values[flagOf(key)];
    if (value !== undefined) flags[key] = value;
  }
  const file = configPath === undefined ? undefined : readConfigFile(configPath);
  const { config, problems } = resolveConfig({ flags, file });
  if (problems.length > 0) {
    throw new UsageError(
      `the configuration is not valid:\n${problems.map((p) => `  ${describeProblem(p)}`).join("\n")}`,
    );
  }
  return config;
}

function readConfigFile(path: string): unknown {
  try {
    const { size } = statSync(path);
    if (size > MAX_FILE_BYTES) throw new Error(`found ${size} bytes, expected at most ${MAX_FILE_BYTES}`);
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const hint = error instanceof SyntaxError ? "expected one JSON object with the settings as keys: " : "";
    throw new UsageError(`--config ${path}: ${hint}${(error as Error).message}`);
  }
}
