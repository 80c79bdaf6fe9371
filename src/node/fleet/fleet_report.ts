import { counted, grouped, size } from "../../inspect/quantities.ts";
import type { Fleet } from "./fleet.ts";

/** What a fleet did, for people and programs. */
export interface FleetReport {
  readonly server: string;
  readonly agents: number;
  readonly peakConnections: number;
  readonly connectionsLost: number;
  readonly seconds: number;
  readonly accepted: number;
  readonly acknowledged: number;
  readonly acknowledgedPerSecond: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  readonly resent: number;
  readonly dropped: number;
  readonly refused: number;
  /** Accepted, and not acknowledged when the drain ended. */
  readonly failed: number;
  readonly throttled: number;
  readonly wireBytes: number;
  readonly trouble: string | null;
}

/** @param seconds from the first agent to the end of the last */
export function fleetReport(fleet: Fleet, server: string, agents: number, seconds: number): FleetReport {
  const { accepted, acknowledged, connections: _, ...counts } = fleet.counts;
  const quantile = (share: number): number | null => {
    const ms = fleet.latency.quantileMs(share);
    return ms === undefined ? null : Number(ms.toFixed(2));
  };
  return {
    server,
    agents,
    seconds: Number(seconds.toFixed(2)),
    accepted,
    acknowledged,
    acknowledgedPerSecond: Number((acknowledged / seconds).toFixed(1)),
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    maxMs: quantile(1),
    ...counts,
    failed: accepted - acknowledged,
    trouble: fleet.trouble ?? null,
  };
}

/** A line for each thing that is worth knowing. */
export function fleetText(report: FleetReport): string {
  const ms = (value: number | null): string => (value === null ? "–" : `${value} ms`);
  const share = report.accepted === 0 ? 0 : (report.failed / report.accepted) * 100;
  const rows: readonly (readonly [string, string])[] = [
    ["agents", `${grouped(report.agents)}, ${grouped(report.peakConnections)} connected at a time`],
    ["accepted", `${counted(report.accepted, "snapshot")} in ${report.seconds} s`],
    [
      "acknowledged",
      `${grouped(report.acknowledged)}, ${grouped(Math.round(report.acknowledgedPerSecond))} a second, ${size(report.wireBytes)}`,
    ],
    ["latency", `p50 ${ms(report.p50Ms)}, p99 ${ms(report.p99Ms)}, max ${ms(report.maxMs)}`],
    ["resent", counted(report.resent, "frame")],
    ["dropped", grouped(report.dropped)],
    ["refused", grouped(report.refused)],
    ["failed", `${grouped(report.failed)} (${share.toFixed(2)} %)`],
    ["throttled", counted(report.throttled, "time")],
    ["lost", counted(report.connectionsLost, "connection")],
  ];
  return rows.map(([name, value]) => `${name.padEnd(14)}${value}\n`).join("");
}
