/**
 * What an agent does, without IO: its settings, when it samples, what it keeps, when it stops.
 *
 * @module
 */
export { AgentEngine, type AgentEngineOptions } from "./agent_engine.ts";
export type { AgentAction, AgentCounters, AgentEvent, AgentReport } from "./agent_events.ts";
export { closestName } from "./closest_name.ts";
export { CONFIG_KEYS, type ConfigProblem, type ConfigSources, describeProblem, resolveConfig } from "./config.ts";
export { isLoopback, splitAddress } from "./config_values.ts";
export { type AgentConfig, flagOf, SETTINGS, type Setting } from "./settings.ts";
export { buildSnapshot, type SnapshotSelection } from "./snapshot_builder.ts";
