/**
 * What the server does, without IO.
 *
 * @module
 */
export { type AgentOverview, agentOverview, type BusyProcess, type OverviewSource } from "./agent_overview.ts";
export type { Batch } from "./batcher.ts";
export { AGENT_URI_PREFIX, agentIdsOf } from "./certificate_agents.ts";
export { DedupeIndex } from "./dedupe_index.ts";
export { Ingest } from "./ingest.ts";
export type { ConnectionRefusal, DropReason, IngestEvent, TlsFailure } from "./ingest_event.ts";
export { DEFAULT_INGEST_LIMITS, type IngestLimits } from "./ingest_limits.ts";
export type { IngestOptions } from "./ingest_options.ts";
export { Counter, gauge, type MetricFamily, type MetricKind, type MetricSample } from "./metrics.ts";
export { PROMETHEUS_MEDIA_TYPE, prometheusText } from "./prometheus_text.ts";
export { MAX_TAP_FEEDS, Tap, type TapOptions } from "./tap.ts";
export { MAX_FEED_BYTES, type TapChoice, type TapCounts, TapFeed } from "./tap_feed.ts";
