/** What a message says, in one line. */
import type { FrameRow, RowValue } from "../protocols/definition.ts";
import {
  CAPABILITY_ALL_PROCESSES,
  CAPABILITY_COMMAND_LINES,
  CAPABILITY_ZSTD,
  errorName,
} from "../protocols/snapshot/mod.ts";
import { printable } from "./printable.ts";
import { counted, grouped, size, span } from "./quantities.ts";
import { type SegmentValue, type SnapshotValue, snapshotRowOf } from "./snapshot_row.ts";

type Payload = { readonly [key: string]: RowValue };

/** One line for the message of a row, printable. */
export function messageSummary(row: FrameRow): string {
  const snapshot = snapshotRowOf(row);
  if (snapshot === undefined) return controlSummary(row["type"] as string, row["payload"] as Payload);
  const { segment, payload } = snapshot;
  if (segment !== undefined) return segmentSummary(segment, payload !== undefined);
  return payload === undefined ? "" : snapshotSummary(payload);
}

/** The load of the machine and how much of it is listed. */
export function snapshotSummary(snapshot: SnapshotValue): string {
  const { cpuTotalPct, memUsedBytes, memTotalBytes, processes, processTotal } = snapshot;
  const memPct = (Number(memUsedBytes) / Number(memTotalBytes)) * 100;
  const memory = `memory ${size(memUsedBytes)} of ${size(memTotalBytes)} (${memPct.toFixed(1)} %)`;
  const listed = processes.length === processTotal ? "" : `${grouped(processes.length)} of `;
  return `cpu ${cpuTotalPct.toFixed(1)} %, ${memory}, ${listed}${counted(processTotal, "process", "processes")}`;
}

function segmentSummary(
  { snapshotId, partIndex, partCount, bytes, totalBytes }: SegmentValue,
  isWhole: boolean,
): string {
  const part = `part ${grouped(partIndex + 1)}/${grouped(partCount)} of ${shortId(snapshotId)}, ${size(bytes)}`;
  return isWhole ? `${part}: whole now, ${size(totalBytes)}` : part;
}

/** Enough of an id to tell it from its neighbours. */
export function shortId(id: string): string {
  return `${id.slice(0, 8)}…${id.slice(-4)}`;
}

function controlSummary(type: string, p: Payload): string {
  const text = (name: string): string => printable(p[name] as string);
  switch (type) {
    case "handshake": {
      const versions = `${p["minMajor"]}.${p["minMinor"]} to ${p["maxMajor"]}.${p["maxMinor"]}`;
      const can = capabilities(p["capabilities"] as number);
      return `speaks ${versions}, agent ${text("agentVersion")} on ${text("hostName")} (${text("osRelease")}), ${can}`;
    }
    case "handshakeAck": {
      const compression = p["compression"] === 1 ? "zstd" : "no compression";
      const unstored = `${grouped(p["maxUnstoredSnapshots"] as number)} unstored at most`;
      const pace = `heartbeat every ${span(p["heartbeatIntervalMs"] as number)}${delay(p, ", throttle ")}`;
      return `chose ${p["chosenMajor"]}.${p["chosenMinor"]}, ${compression}, ${unstored}, ${pace}`;
    }
    case "heartbeat":
      return `${grouped(p["queuedSnapshots"] as number)} queued, ${grouped(p["droppedSnapshots"] as number)} dropped`;
    case "ack": {
      const of = shortId(p["ackedId"] as string);
      if (p["status"] !== 2) return `${p["status"] === 1 ? "stored" : "received"} ${of}`;
      return `refused ${of}: ${errorName(p["errorCode"] as number)}, ${text("detail")}`;
    }
    case "backpressure":
      return `${delay(p, "throttle ") || "throttle lifted"}: ${text("reason")}`;
    default:
      return `${errorName(p["errorCode"] as number)}: ${text("detail")}`;
  }
}

function delay(payload: Payload, before: string): string {
  const delayMs = payload["throttleDelayMs"] as number;
  return delayMs === 0 ? "" : `${before}${span(delayMs)}`;
}

function capabilities(bits: number): string {
  const names = [
    [CAPABILITY_ALL_PROCESSES, "all processes"],
    [CAPABILITY_ZSTD, "zstd"],
    [CAPABILITY_COMMAND_LINES, "command lines"],
  ] as const;
  const can = names.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
  return can.length === 0 ? "can nothing beyond the basics" : `can ${can.join(", ")}`;
}
