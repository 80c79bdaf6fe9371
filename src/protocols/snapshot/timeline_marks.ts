/** What the messages of this protocol say about the life of an agent. */
import type { FrameRow } from "../definition.ts";
import type { TimelineMark } from "../inspection.ts";
import { messageRowOf, type SnapshotRowPayload } from "./row_shape.ts";

/** By `status` of an Ack (spec §4). */
const ANSWERS = ["received", "stored", "refused"] as const;

/** The marks of a row, in the order in which they happen. */
export function timelineMarks(row: FrameRow): readonly TimelineMark[] {
  const message = messageRowOf(row);
  switch (message.type) {
    case "snapshot": {
      const { segment, payload, messageId } = message;
      const wholeId = segment?.snapshotId ?? payload!.snapshotId;
      const { partIndex, partCount } = segment ?? { partIndex: 0, partCount: 1 };
      const sent: TimelineMark = { type: "sent", id: messageId, wholeId, partIndex, partCount };
      return payload === undefined ? [sent] : [sent, loadOf(payload)];
    }
    case "ack":
      return [{ type: "answered", id: message.payload.ackedId, answer: ANSWERS[message.payload.status]! }];
    case "backpressure":
    case "handshakeAck":
      return [{ type: "throttled", delayMs: message.payload.throttleDelayMs }];
    case "heartbeat":
      return [{ type: "heartbeat" }];
    default:
      return [];
  }
}

function loadOf(payload: SnapshotRowPayload): TimelineMark {
  return {
    type: "load",
    wholeId: payload.snapshotId,
    startMs: Number(payload.windowStartMs),
    endMs: Number(payload.windowEndMs),
    cpuPct: payload.cpuTotalPct,
    memUsedBytes: Number(payload.memUsedBytes),
    memTotalBytes: Number(payload.memTotalBytes),
    processes: payload.processes.map(({ pid, name, cpuPct, rssBytes }) => {
      return { pid, name, cpuPct, rssBytes: Number(rssBytes) };
    }),
  };
}
