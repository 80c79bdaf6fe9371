/** The payloads as rows (spec §3). */
import type { ByteReader } from "../../core/mod.ts";
import type { FrameRow, RowValue } from "../definition.ts";
import { readFlag, readString } from "./decode.ts";
import { ID_BYTES, type MessageType, MIN_PROCESS_BYTES } from "./wire.ts";

/** Reads a payload up to the end of its reader. */
export function readPayload(type: MessageType, r: ByteReader): FrameRow {
  r.open("payload");
  const row = readFields(type, r);
  if (r.remaining > 0) throw r.failure(`${r.remaining} bytes behind the last field`, "the end", r.at);
  r.close();
  return row;
}

function readFields(type: MessageType, r: ByteReader): FrameRow {
  switch (type) {
    case "handshakeAck":
    case "heartbeat":
      return {};
    case "handshake":
      return {
        instanceId: readString(r, "instanceId"),
        os: r.u8("os"),
        agentVersion: readString(r, "agentVersion"),
        major: r.u8("major"),
        minor: r.u8("minor"),
        capabilities: r.u32("capabilities"),
      };
    case "snapshot":
      return readSnapshot(r);
    case "ack":
      return {
        messageId: hexOf(r.take("messageId", ID_BYTES)),
        success: readFlag(r, "success"),
        errorCode: readOptional(r, "errorCode", () => r.u32("errorCode")),
      };
    case "backpressure":
      return {
        throttleDelayMs: r.u32("throttleDelayMs"),
        reason: readOptional(r, "reason", () => readString(r, "reason")),
      };
    case "error":
      return { code: r.u32("code"), message: readString(r, "message") };
  }
}

function readSnapshot(r: ByteReader): FrameRow {
  const head = {
    windowStart: r.i64("windowStart"),
    windowEnd: r.i64("windowEnd"),
    cpuPercent: readFinite(r, "cpuPercent"),
    memoryUsed: r.u64("memoryUsed"),
    memoryTotal: r.u64("memoryTotal"),
  };
  const countAt = r.at;
  const count = r.u64("count");
  // Refused before anything is made of it.
  if (count > Math.floor(r.remaining / MIN_PROCESS_BYTES)) {
    throw r.failure(`${count} processes`, `at most what ${r.remaining} bytes hold, at 29 each`, countAt);
  }
  const processes: RowValue[] = [];
  for (let i = 0; i < Number(count); i++) {
    r.open("process");
    processes.push({
      pid: r.u32("pid"),
      name: readString(r, "name"),
      cpuPercent: readFinite(r, "cpuPercent"),
      memoryPercent: readFinite(r, "memoryPercent"),
      memoryBytes: r.u64("memoryBytes"),
      cmdline: readOptional(r, "cmdline", () => readString(r, "cmdline")),
    });
    r.close();
  }
  return { ...head, processes, truncated: readFlag(r, "truncated") };
}

function readOptional<T extends RowValue>(r: ByteReader, name: string, read: () => T): T | null {
  return readFlag(r, `${name}IsThere`) ? read() : null;
}

/** An f32 that JSON has. */
function readFinite(r: ByteReader, name: string): number {
  const value = r.f32(name);
  if (!Number.isFinite(value)) throw r.failure(`${name} ${value}`, "a finite number", r.at - 4);
  return value;
}

/** Bytes as hexadecimal digits. */
export function hexOf(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
