/** The earlier demo's entry in the catalogue. */
import type { ProtocolError } from "../../core/mod.ts";
import type { FramedLayout, FrameRow, ProtocolDefinition } from "../definition.ts";
import { DemoError, scanError } from "./errors.ts";
import { DemoFrameOutliner } from "./frame_outliner.ts";
import { DemoFrameReader } from "./frame_reader.ts";
import { SNAPSHOT_DEMO_INSPECTION } from "./inspection.ts";
import { MESSAGE_TYPES, SNAPSHOT_DEMO_FRAMING } from "./wire.ts";

export const SNAPSHOT_DEMO_PROTOCOL: ProtocolDefinition & { readonly layout: FramedLayout } = {
  name: "snapshot_demo",
  title: "the earlier demo of monitoring snapshots",
  layout: { type: "framed", framing: SNAPSHOT_DEMO_FRAMING, errorOfScan: scanError },
  messageTypes: MESSAGE_TYPES,
  ports: [],
  createOutliner: (contents) => new DemoFrameOutliner(contents),
  createReader: (options) => new DemoFrameReader(options),
  summaryOf,
  errorOfEnd: (offset, bytes) => new DemoError("TRUNCATED", `${bytes} bytes of a frame`, "the rest of it", offset),
  errorNameOf: (error: ProtocolError) => (error instanceof DemoError ? error.errorName : error.code),
  inspection: SNAPSHOT_DEMO_INSPECTION,
};

function summaryOf({ type, payload }: FrameRow): string {
  const p = payload as FrameRow;
  switch (type) {
    case "handshake":
      return `speaks ${p["major"]}.${p["minor"]}, agent ${p["agentVersion"]}, instance ${p["instanceId"]}`;
    case "snapshot": {
      const processes = p["processes"] as readonly FrameRow[];
      const memory = `memory ${p["memoryUsed"]} of ${p["memoryTotal"]} bytes`;
      return `cpu ${(p["cpuPercent"] as number).toFixed(1)} %, ${memory}, ${processes.length} processes${p["truncated"] === true ? ", truncated" : ""}`;
    }
    case "ack":
      return `${p["success"] === true ? "took" : `refused (code ${p["errorCode"]})`} ${p["messageId"]}`;
    case "backpressure":
      return `throttle ${p["throttleDelayMs"]} ms${p["reason"] === null ? "" : `: ${p["reason"]}`}`;
    case "error":
      return `code ${p["code"]}: ${p["message"]}`;
    default:
      return "";
  }
}
