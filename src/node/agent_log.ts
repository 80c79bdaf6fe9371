import type { AgentCounters, AgentReport } from "../agent/agent_events.ts";
import type { Log } from "../ports/log.ts";
import { idHex } from "../protocols/snapshot/ids.ts";
import type { AgentEnd } from "./agent_host.ts";

/** One line for each thing that happens to an agent. */
export function logReport(log: Log, report: AgentReport): void {
  const { type } = report;
  switch (type) {
    case "sampled":
      log.write("debug", type, {
        snapshotId: idHex(report.snapshotId),
        processes: report.processes,
        payloadBytes: report.payload.length,
      });
      break;
    case "stored":
      log.write("info", type, {
        snapshotId: idHex(report.snapshotId),
        processes: report.processes,
        wireBytes: report.wireBytes,
        latencyMs: Math.round(report.latencyMs * 10) / 10,
        queued: report.queued,
      });
      break;
    case "refused": {
      const { errorName, detail } = report;
      log.write("warn", type, { snapshotId: idHex(report.snapshotId), errorName, detail });
      break;
    }
    case "dropped": {
      const { queued, droppedTotal } = report;
      log.write("warn", type, { snapshotId: idHex(report.snapshotId), queued, droppedTotal });
      break;
    }
    case "resent": {
      const { partIndex, attempt } = report;
      log.write("debug", type, { snapshotId: idHex(report.snapshotId), partIndex, attempt });
      break;
    }
    case "spooled":
    case "quarantined":
      log.write(type === "spooled" ? "debug" : "warn", type, { snapshotId: idHex(report.snapshotId) });
      break;
    case "retry":
      log.write("info", type, {
        delayMs: Math.round(report.delayMs),
        server: report.server,
        reason: report.reason,
      });
      break;
    case "protocolError":
      log.write("warn", type, { code: report.error.code, detail: report.error.message });
      break;
    default: {
      const { type: _, ...fields } = report;
      log.write(LEVELS[type], type, fields);
    }
  }
}

const LEVELS = {
  sampleFailed: "error",
  connected: "info",
  disconnected: "warn",
  throttle: "warn",
  serverError: "warn",
  unknownExtensions: "debug",
  spoolFailed: "error",
  spoolRecovered: "info",
  spoolSetAside: "error",
  spoolLost: "error",
  draining: "info",
} as const;

/** The last line: how it ended, and what the agent did in its life. */
export function logEnd(log: Log, end: AgentEnd, counters: AgentCounters): void {
  log.write(end.queued > 0 ? "warn" : "info", "finished", { how: end.how, queued: end.queued, ...counters });
}
