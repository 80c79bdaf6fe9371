import type { Attributes, HrTime } from "@opentelemetry/api";
import { ValueType } from "@opentelemetry/api";
import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type GaugeMetricData,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import {
  PLATFORM_LINUX,
  PLATFORM_MACOS,
  PLATFORM_WINDOWS,
  type ProcessRow,
  processRows,
  type SnapshotColumns,
} from "../src/protocols/snapshot/mod.ts";
import type { FoundSnapshot } from "./snapshot_finder.ts";

/** As OpenTelemetry's semantic conventions call them. */
const OS_TYPES: Readonly<Record<number, string>> = {
  [PLATFORM_LINUX]: "linux",
  [PLATFORM_MACOS]: "darwin",
  [PLATFORM_WINDOWS]: "windows",
};

/** Name, unit and explanation of each metric (semantic conventions for system and process metrics). */
const METRICS = {
  cpu: ["system.cpu.utilization", "1", "Share of all processors together, over the sampling window."],
  memoryUsage: ["system.memory.usage", "By", "Memory, by state; used is total less available."],
  memoryLimit: ["system.memory.limit", "By", "Memory of the machine."],
  processCount: ["system.process.count", "{process}", "Processes on the machine."],
  processCpu: ["process.cpu.utilization", "1", "Share of all processors together, of the busiest processes."],
  processMemory: ["process.memory.usage", "By", "Resident memory, of the busiest processes."],
} as const;

type MetricKey = keyof typeof METRICS;

/**
 * The snapshots of one machine as OTLP metrics: each a point at the end of its own window, whenever it is sent. All are
 * gauges, since a snapshot says what was and not what changed.
 *
 * @param snapshots of one agent, at least one
 * @param top processes of each, the busiest first
 */
export function machineMetrics(snapshots: readonly FoundSnapshot[], top: number): ResourceMetrics {
  const points: Record<MetricKey, DataPoint<number>[]> = {
    cpu: [],
    memoryUsage: [],
    memoryLimit: [],
    processCount: [],
    processCpu: [],
    processMemory: [],
  };
  for (const { columns } of snapshots) addSnapshot(points, columns, top);
  const metrics = (Object.keys(METRICS) as MetricKey[])
    .filter((key) => points[key].length > 0)
    .map((key) => gaugeOf(key, points[key]));
  return { resource: resourceOf(snapshots[0]!), scopeMetrics: [{ scope: { name: "tidewire" }, metrics }] };
}

function resourceOf({ agentId, platform }: FoundSnapshot): Resource {
  const osType = OS_TYPES[platform];
  return resourceFromAttributes({
    "service.name": "tidewire-agent",
    "service.instance.id": agentId,
    "host.id": agentId,
    ...(osType === undefined ? {} : { "os.type": osType }),
  });
}

function addSnapshot(points: Record<MetricKey, DataPoint<number>[]>, columns: SnapshotColumns, top: number): void {
  const startTime = hrTime(Number(columns.windowStartMs));
  const endTime = hrTime(Number(columns.windowEndMs));
  const add = (key: MetricKey, value: number, attributes: Attributes = {}): void => {
    points[key].push({ startTime, endTime, attributes, value });
  };
  const usedBytes = Number(columns.memUsedBytes);
  const totalBytes = Number(columns.memTotalBytes);
  add("cpu", columns.cpuTotalPct / 100);
  add("memoryUsage", usedBytes, { "system.memory.state": "used" });
  add("memoryUsage", totalBytes - usedBytes, { "system.memory.state": "free" });
  add("memoryLimit", totalBytes);
  add("processCount", columns.processTotal);
  // The order of the table is the rank (spec §4).
  for (const row of processRows(columns).slice(0, top)) {
    add("processCpu", row.cpuPct / 100, processAttributes(row));
    add("processMemory", Number(row.rssBytes), processAttributes(row));
  }
}

/** Never the command line: it may hold secrets, and other systems keep what they get. */
function processAttributes({ pid, name }: ProcessRow): Attributes {
  return { "process.pid": pid, "process.executable.name": name };
}

function gaugeOf(key: MetricKey, dataPoints: DataPoint<number>[]): GaugeMetricData {
  const [name, unit, description] = METRICS[key];
  return {
    descriptor: { name, unit, description, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.GAUGE,
    dataPoints,
  };
}

/** Seconds and nanoseconds. */
function hrTime(utcMs: number): HrTime {
  const seconds = Math.floor(utcMs / 1_000);
  return [seconds, (utcMs - seconds * 1_000) * 1_000_000];
}
