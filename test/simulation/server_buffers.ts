import type { Ingest, IngestLimits } from "../../src/ingest/mod.ts";
import type { Env } from "./env.ts";

const GAUGES = ["tidewire_queue_snapshots", "tidewire_queue_bytes", "tidewire_reassembly_bytes"] as const;

/** What a server holds for its agents, against its limits. */
export function checkBuffers(env: Env, who: string, ingest: Ingest, limits: IngestLimits): void {
  const families = ingest.metricFamilies();
  const [queueSnapshots, queueBytes, reassemblyBytes] = GAUGES.map(
    (name) => families.find((family) => family.name === name)!.samples[0]!.value,
  ) as [number, number, number];
  env.counts.max("max queue bytes", queueBytes);
  env.counts.max("max queue snapshots", queueSnapshots);
  env.counts.max("max reassembly bytes", reassemblyBytes);
  // A queue that is empty lets one snapshot of any size in.
  const isOver =
    (queueSnapshots > 1 && queueBytes > limits.maxQueueBytes) ||
    queueSnapshots > Math.max(1, limits.maxQueueSnapshots) ||
    reassemblyBytes > limits.maxReassemblyBytes;
  if (!isOver) return;
  const held = `${queueSnapshots} snapshots, ${queueBytes} queued bytes, ${reassemblyBytes} reassembly bytes`;
  env.violate("every buffer is within its limit", `${who} holds ${held}`);
}
