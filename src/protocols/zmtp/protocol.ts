/** ZMTP's entry in the catalogue. */
import type { FrameRow, ProtocolDefinition, RowValue } from "../definition.ts";
import { errorNameOf, zmtpError } from "./errors.ts";
import { MAX_CAPTURE_FRAME_BYTES, ZmtpFrameCutter } from "./frame_cutter.ts";
import { ZmtpFrameOutliner } from "./frame_outliner.ts";
import { ZmtpFrameReader } from "./frame_reader.ts";
import { decodeGreeting, kindOfStart } from "./greeting.ts";
import { ZMTP_INSPECTION } from "./inspection.ts";
import { openSessions } from "./open_sessions.ts";
import { MESSAGE_TYPES, OPENING_TYPES } from "./row_fields.ts";
import { GREETING_BYTES, MAJOR_AT, MINOR_AT, SIGNATURE_BYTES } from "./wire.ts";

/** One direction of a ZMTP 3 connection; WebSockets and older versions are not in captures of this kind. */
export const ZMTP_PROTOCOL: ProtocolDefinition = {
  name: "zmtp",
  title: "ZMTP 3.1",
  layout: {
    type: "staged",
    maxFrameBytes: MAX_CAPTURE_FRAME_BYTES,
    openingTypes: OPENING_TYPES,
    createCutter: () => new ZmtpFrameCutter(),
  },
  messageTypes: MESSAGE_TYPES,
  ports: [],
  recognise,
  createReader: () => new ZmtpFrameReader(),
  createOutliner: () => new ZmtpFrameOutliner(),
  openSessions,
  summaryOf,
  errorOfEnd: (offset, bytes) => zmtpError("truncated", `${bytes} octets of a frame`, "the rest of it", offset),
  errorNameOf,
  inspection: ZMTP_INSPECTION,
};

/** Nothing else begins with FF and has 7F and a version where they must be (zmtp §1.1). */
function recognise(head: Uint8Array): string | undefined {
  if (head.length <= MINOR_AT || kindOfStart(head) !== "v3" || head[SIGNATURE_BYTES - 1] !== 0x7f) return undefined;
  const version = `begins with the greeting of ZMTP ${head[MAJOR_AT]}.${head[MINOR_AT]}`;
  if (head.length < GREETING_BYTES) return version;
  try {
    return `${version}, mechanism ${decodeGreeting(head.subarray(0, GREETING_BYTES)).mechanism}`;
  } catch {
    return undefined;
  }
}

function summaryOf(row: FrameRow): string {
  switch (row["type"]) {
    case "greeting":
      return `version ${row["version"]}, mechanism ${row["mechanism"]}`;
    case "message":
      return messageSummary(row);
    case "error":
      return `reason ${row["reason"]}`;
    case "subscribe":
    case "cancel":
      return `topic ${quoted(row, "topic")}`;
    case "ping":
      return `ttl ${Number(row["ttlMs"]) / 1_000} s, context ${quoted(row, "context")}`;
    case "pong":
      return `context ${quoted(row, "context")}`;
    case "command":
      return `${row["name"]} ${quoted(row, "data")}`;
    default:
      return handshakeSummary(row);
  }
}

function messageSummary(row: FrameRow): string {
  const { parts, messageBytes, message } = row;
  if (row["more"] === true) return `part ${Number(row["part"]) + 1}, ${quoted(row, "body")}`;
  if (parts === 1) return quoted(row, "body");
  const shown = (message as readonly FrameRow[] | undefined)?.map((one) => quoted(one, "body")).join(" ");
  return `${parts} parts, ${messageBytes} octets: ${shown ?? quoted(row, "body")}`;
}

function handshakeSummary(row: FrameRow): string {
  if (row["boxBytes"] !== undefined) return `nonce ${row["nonce"]}, a box of ${row["boxBytes"]} octets`;
  if (row["username"] !== undefined) return `user ${quoted(row, "username")}`;
  const metadata = (row["metadata"] ?? []) as readonly FrameRow[];
  return metadata.map((one) => `${one["name"]} ${quoted(one, "value")}`).join(", ");
}

/** Octets of a value that a line shows. */
const SHOWN = 80;

function quoted(row: FrameRow, name: string): string {
  const text: RowValue | undefined = row["text"];
  const hex = String(row[name] ?? "");
  if (typeof text === "string") return `"${cut(text, SHOWN)}"`;
  return hex === "" ? '""' : cut(hex, 2 * SHOWN);
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
