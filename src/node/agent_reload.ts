import { type AgentConfig, flagOf, SETTINGS } from "../agent/settings.ts";
import type { Log } from "../ports/log.ts";
import type { AgentHost } from "./agent_host.ts";
import { samplerOf } from "./agent_parts.ts";

/** What a running agent can change; the rest is of its identity, its connection or its disk. */
const LIVE: ReadonlySet<keyof AgentConfig> = new Set(["intervalMs", "top", "cmdline", "redact", "logLevel"]);

/** What takes over the settings of a configuration that was read anew. */
export interface ReloadTarget {
  readonly host: AgentHost;
  readonly log: Log;
  /** The log's own options. */
  readonly logging: { level: AgentConfig["logLevel"] };
}

/**
 * Takes over what can change while the agent runs, and says what can't.
 *
 * @param running what is in force
 * @param next what was read; its other settings take a restart
 * @returns what is in force now
 */
export async function takeOver(running: AgentConfig, next: AgentConfig, target: ReloadTarget): Promise<AgentConfig> {
  const keys = Object.keys(SETTINGS) as (keyof AgentConfig)[];
  const changed = keys.filter((key) => text(running[key]) !== text(next[key]));
  const taken = changed.filter((key) => LIVE.has(key));
  const merged = { ...running, ...Object.fromEntries(taken.map((key) => [key, next[key]])) } as AgentConfig;
  target.logging.level = merged.logLevel;
  if (taken.some((key) => key !== "logLevel")) {
    target.host.reconfigure(merged.intervalMs, merged, await samplerOf(merged));
  }
  const names = (of: readonly (keyof AgentConfig)[]): string => of.map((key) => flagOf(SETTINGS[key].key)).join(" ");
  const rest = changed.filter((key) => !LIVE.has(key));
  target.log.write("info", "reloaded", {
    changed: names(taken),
    ...(rest.length > 0 ? { needsRestart: names(rest) } : {}),
  });
  return merged;
}

/** Patterns are compared by what they say. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (inner instanceof RegExp ? inner.source : inner)) ?? "";
}
