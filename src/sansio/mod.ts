/**
 * What every sans-IO session of the kit is built from.
 *
 * @module
 */
export { DedupeWindow } from "./dedupe_window.ts";
export { RecentMap } from "./recent_map.ts";
export { type RetrySchedule, retryDelayMs } from "./retry_schedule.ts";
export type { Session } from "./session.ts";
export { SessionTrace, type TraceEntry } from "./session_trace.ts";
export { StateMachine } from "./state_machine.ts";
export { type Timer, TimerTable } from "./timer_table.ts";
export { mermaidDiagram, type Rule, type TransitionTable } from "./transition_table.ts";
