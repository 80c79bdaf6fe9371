/** What is odd about frames that can be decoded. */
import type { FrameRow, RowValue } from "../definition.ts";
import type { ByteRange, CaptureWatch, Oddity } from "../inspection.ts";
import { readHead } from "./frame_head.ts";
import {
  AS_SERVER_AT,
  FLAG_COMMAND,
  FLAG_LONG,
  FLAG_MORE,
  MAJOR,
  MAJOR_AT,
  MAX_CONTEXT_BYTES,
  MAX_SHORT_BODY_BYTES,
  MAX_TTL_DECISECONDS,
  MECHANISM_AT,
  MECHANISM_BYTES,
  MINOR,
} from "./wire.ts";

/** Odd things by the codes that their explanations have; SKIPPED_BYTES is said of what is no frame. */
export type ZmtpOddity =
  | "NEWER_VERSION"
  | "AS_SERVER_SET"
  | "OTHER_MECHANISM"
  | "RESERVED_FLAGS"
  | "LONG_FORM"
  | "MORE_ON_COMMAND"
  | "SOCKET_TYPE_MISSING"
  | "ERROR_WITHOUT_LENGTH"
  | "TTL_TOO_LONG"
  | "CONTEXT_TOO_LONG"
  | "SEALED_COMMAND"
  | "UNKNOWN_COMMAND"
  | "ERROR_MESSAGE"
  | "SKIPPED_BYTES";

const KNOWN_FLAGS: number = FLAG_MORE | FLAG_LONG | FLAG_COMMAND;
const KNOWN_MECHANISMS: readonly RowValue[] = ["NULL", "PLAIN", "CURVE"];
const FLAGS: ByteRange = { start: 0, end: 1 };
/** PING and PONG: a name of four letters behind the head. */
const NAME_BYTES = 5;
const TTL_BYTES = 2;

/** Looks at frame after frame; each speaks for itself. */
export class ZmtpWatch implements CaptureWatch {
  take(frame: Uint8Array, row: FrameRow): readonly Oddity[] {
    return row["type"] === "greeting"
      ? greetingOddities(row)
      : [...headOddities(frame, row), ...bodyOddities(frame, row)];
  }
}

function oddity(code: ZmtpOddity, found: string, expected: string, range: ByteRange): Oddity {
  return { code, found, expected, range };
}

function greetingOddities({ version, mechanism, asServer }: FrameRow): Oddity[] {
  const oddities: Oddity[] = [];
  const [major, minor] = String(version).split(".").map(Number);
  if (major! > MAJOR || minor! > MINOR) {
    const range = { start: MAJOR_AT, end: MAJOR_AT + 2 };
    oddities.push(oddity("NEWER_VERSION", `version ${version}`, `${MAJOR}.${MINOR}`, range));
  }
  if (!KNOWN_MECHANISMS.includes(mechanism!)) {
    const range = { start: MECHANISM_AT, end: MECHANISM_AT + MECHANISM_BYTES };
    oddities.push(oddity("OTHER_MECHANISM", `mechanism ${mechanism}`, "NULL, PLAIN or CURVE", range));
  }
  if (asServer !== 0) {
    const range = { start: AS_SERVER_AT, end: AS_SERVER_AT + 1 };
    oddities.push(oddity("AS_SERVER_SET", `as-server ${asServer}`, "0, as libzmq sends it", range));
  }
  return oddities;
}

function headOddities(frame: Uint8Array, { type }: FrameRow): Oddity[] {
  const { flags, headBytes, bodyBytes } = readHead(frame);
  const oddities: Oddity[] = [];
  if ((flags & ~KNOWN_FLAGS) !== 0) {
    oddities.push(oddity("RESERVED_FLAGS", `flags ${hex(flags)}`, hex(flags & KNOWN_FLAGS), FLAGS));
  }
  if ((flags & FLAG_LONG) !== 0 && bodyBytes <= MAX_SHORT_BODY_BYTES) {
    const range = { start: 1, end: headBytes };
    oddities.push(oddity("LONG_FORM", `a long length for ${bodyBytes} octets`, "a short one up to 255", range));
  }
  if ((flags & FLAG_COMMAND) !== 0 && (flags & FLAG_MORE) !== 0) {
    oddities.push(oddity("MORE_ON_COMMAND", `flags ${hex(flags)}`, "a command without MORE", FLAGS));
  }
  if ((flags & FLAG_COMMAND) !== 0 && type === "sealed") {
    oddities.push(oddity("SEALED_COMMAND", `flags ${hex(flags)}`, "00 or 02", FLAGS));
  }
  return oddities;
}

function bodyOddities(frame: Uint8Array, row: FrameRow): Oddity[] {
  const { headBytes } = readHead(frame);
  const body = { start: headBytes, end: frame.length };
  switch (row["type"]) {
    case "error": {
      const isShort = frame[headBytes] === 0x5e;
      const said = oddity("ERROR_MESSAGE", `ERROR ${row["reason"]}`, "a handshake that both agree with", body);
      const range = { start: headBytes, end: headBytes + 1 };
      return isShort ? [said, oddity("ERROR_WITHOUT_LENGTH", "^RROR", "05 and ERROR", range)] : [said];
    }
    case "ping": {
      const ttlAt = headBytes + NAME_BYTES;
      const range = { start: ttlAt, end: ttlAt + TTL_BYTES };
      const deciseconds = Number(row["ttlMs"]) / 100;
      const long = deciseconds > MAX_TTL_DECISECONDS;
      const ttl = long ? [oddity("TTL_TOO_LONG", `TTL ${deciseconds}`, `at most ${MAX_TTL_DECISECONDS}`, range)] : [];
      return [...ttl, ...contextOddities(row, ttlAt + TTL_BYTES, frame.length)];
    }
    case "pong":
      return contextOddities(row, headBytes + NAME_BYTES, frame.length);
    case "command":
      return [oddity("UNKNOWN_COMMAND", `command ${row["name"]}`, "one of ZMTP 3.1", body)];
    case "ready":
    case "initiate": {
      const metadata = row["metadata"] as readonly FrameRow[] | undefined;
      if (metadata === undefined || metadata.some(({ name }) => name === "Socket-Type")) return [];
      return [oddity("SOCKET_TYPE_MISSING", `${metadata.length} properties without it`, "Socket-Type", body)];
    }
    default:
      return [];
  }
}

function contextOddities({ context }: FrameRow, start: number, end: number): Oddity[] {
  const bytes = String(context).length / 2;
  if (bytes <= MAX_CONTEXT_BYTES) return [];
  return [oddity("CONTEXT_TOO_LONG", `a context of ${bytes} octets`, `at most ${MAX_CONTEXT_BYTES}`, { start, end })];
}

function hex(octet: number): string {
  return octet.toString(16).padStart(2, "0");
}
