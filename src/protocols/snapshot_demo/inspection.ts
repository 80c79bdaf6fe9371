/** What this protocol tells those who explain its captures. */
import type { ProtocolError } from "../../core/mod.ts";
import type { FrameRow, RowValue } from "../definition.ts";
import type { ByteRange, FieldInfo, FieldKind, ProtocolInspection, TimelineMark } from "../inspection.ts";
import { decodeEnvelope } from "./decode.ts";
import { EXPLANATIONS } from "./explanations.ts";

const field = (name: string, kind: FieldKind, doc: string, more: Partial<FieldInfo> = {}): FieldInfo => {
  return { name, kind, doc, ...more };
};
const BYTES = { unit: "bytes" } as const;
const PCT = { unit: "pct" } as const;

const ROW_FIELDS: readonly FieldInfo[] = [
  field("version", "text", "version of the demo: major.minor"),
  field("messageId", "bytes", "id of the message"),
  field("timestampUtcMs", "time", "when the message was sent"),
  field("platform", "number", "1 Windows, 2 Linux"),
  field("compressed", "choice", "whether the payload is a zstd frame", { choices: ["true", "false"] }),
  field("payload.instanceId", "text", "instance of the agent"),
  field("payload.os", "number", "operating system of the agent"),
  field("payload.agentVersion", "text", "version of the agent"),
  field("payload.major", "number", "version that the agent speaks"),
  field("payload.minor", "number", "version that the agent speaks"),
  field("payload.capabilities", "number", "1 all processes, 2 compression"),
  field("payload.windowStart", "number", "start of the sampling window, seconds UTC"),
  field("payload.windowEnd", "number", "end of the sampling window, seconds UTC"),
  field("payload.cpuPercent", "number", "CPU of the machine", PCT),
  field("payload.memoryUsed", "number", "memory in use on the machine", BYTES),
  field("payload.memoryTotal", "number", "memory of the machine", BYTES),
  field("payload.processes", "list", "processes of a snapshot"),
  field("payload.processes.pid", "number", "process id"),
  field("payload.processes.name", "text", "name of a process"),
  field("payload.processes.cpuPercent", "number", "CPU of a process", PCT),
  field("payload.processes.memoryPercent", "number", "memory of a process, of the machine's", PCT),
  field("payload.processes.memoryBytes", "number", "memory of a process", BYTES),
  field("payload.processes.cmdline", "text", "command line of a process"),
  field("payload.truncated", "choice", "whether the list was cut", { choices: ["true", "false"] }),
  field("payload.messageId", "bytes", "the message that an Ack answers"),
  field("payload.success", "choice", "whether the message was taken", { choices: ["true", "false"] }),
  field("payload.errorCode", "number", "why it was not"),
  field("payload.throttleDelayMs", "number", "pace that the server asks for", { unit: "ms" }),
  field("payload.reason", "text", "why the pace changes"),
  field("payload.code", "number", "number of an error"),
  field("payload.message", "text", "what an error says"),
];
const FROM_SERVERS: ReadonlySet<RowValue | undefined> = new Set(["handshakeAck", "ack", "backpressure", "error"]);

/** The inspection of the demo's files. */
export const SNAPSHOT_DEMO_INSPECTION: ProtocolInspection = {
  specPath: "src/protocols/snapshot_demo/SPEC.md",
  explanations: EXPLANATIONS,
  fields: ROW_FIELDS,
  idOf: (row) => row["messageId"] as string,
  isFromServer: (row) => FROM_SERVERS.has(row["type"]),
  rangeOf,
  marksOf,
};

/** Offsets of errors are those of the frame, except in a content that was decompressed. */
function rangeOf(frame: Uint8Array, { offset, code }: ProtocolError): ByteRange | undefined {
  if (code === "snapshot_demo/payload-malformed") {
    const { compressed, payloadAt, payloadEnd } = decodeEnvelope(frame);
    if (compressed) return { start: payloadAt, end: payloadEnd };
  }
  return offset === undefined || offset >= frame.length ? undefined : { start: offset, end: offset + 1 };
}

function marksOf({ type, messageId, payload }: FrameRow): readonly TimelineMark[] {
  const p = payload as FrameRow;
  const id = messageId as string;
  switch (type) {
    case "snapshot":
      return [{ type: "sent", id, wholeId: id, partIndex: 0, partCount: 1 }, loadOf(id, p)];
    case "ack":
      return [{ type: "answered", id: p["messageId"] as string, answer: p["success"] === true ? "stored" : "refused" }];
    case "backpressure":
      return [{ type: "throttled", delayMs: p["throttleDelayMs"] as number }];
    case "heartbeat":
      return [{ type: "heartbeat" }];
    default:
      return [];
  }
}

function loadOf(wholeId: string, p: FrameRow): TimelineMark {
  return {
    type: "load",
    wholeId,
    // spec §3: windows in seconds
    startMs: Number(p["windowStart"]) * 1_000,
    endMs: Number(p["windowEnd"]) * 1_000,
    cpuPct: p["cpuPercent"] as number,
    memUsedBytes: Number(p["memoryUsed"]),
    memTotalBytes: Number(p["memoryTotal"]),
    processes: (p["processes"] as readonly FrameRow[]).map(({ pid, name, cpuPercent, memoryBytes }) => {
      return { pid: pid as number, name: name as string, cpuPct: cpuPercent as number, rssBytes: Number(memoryBytes) };
    }),
  };
}
