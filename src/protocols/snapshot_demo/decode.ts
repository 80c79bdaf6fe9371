/** Bodies and payloads, decoded (spec §2, §3). Every length is held against what is left before it is believed. */
import { ByteReader, type FieldSink, ProtocolError, type ReadFailure, zstdContentBytes } from "../../core/mod.ts";
import type { Compressor } from "../../ports/compressor.ts";
import { DemoError } from "./errors.ts";
import {
  BODY_AT,
  CRC_BYTES,
  ID_BYTES,
  MAX_CONTENT_BYTES,
  MAX_WINDOW_BYTES,
  MESSAGE_TYPES,
  type MessageType,
} from "./wire.ts";

const frameMalformed: ReadFailure = (found, expected, offset) =>
  new DemoError("FRAME_MALFORMED", found, expected, offset);

/** Makes what is wrong with a payload. */
export const payloadMalformed: ReadFailure = (found, expected, offset) =>
  new DemoError("PAYLOAD_MALFORMED", found, expected, offset);

/** What stands before the payload (spec §2). */
export interface DemoEnvelope {
  readonly major: number;
  readonly minor: number;
  readonly type: MessageType;
  /** 16 bytes; a view on the frame. */
  readonly messageId: Uint8Array;
  readonly timestampUtcMs: number | bigint;
  readonly agentId: string;
  readonly platform: number;
  readonly compressed: boolean;
  /** Where the payload stands in the frame. */
  readonly payloadAt: number;
  readonly payloadEnd: number;
}

/**
 * Reads the envelope of a whole frame whose length and CRC have been checked.
 *
 * @throws DemoError FRAME_MALFORMED, UNKNOWN_MESSAGE_TYPE
 */
export function decodeEnvelope(frame: Uint8Array, sink?: FieldSink): DemoEnvelope {
  const payloadEnd = frame.length - CRC_BYTES;
  sink?.field("length", frame.length - BODY_AT - CRC_BYTES, 0, BODY_AT, "u32be");
  const r = new ByteReader(frame, BODY_AT, payloadEnd, frameMalformed, sink);
  r.open("envelope");
  const major = r.u8("major");
  const minor = r.u8("minor");
  const typeAt = r.at;
  const code = r.u8("type");
  const messageId = r.take("messageId", ID_BYTES);
  const timestampUtcMs = r.i64("timestampUtcMs");
  const agentId = readString(r, "agentId");
  const platform = r.u8("platform");
  const compressed = readFlag(r, "compressed");
  r.close();
  const type = MESSAGE_TYPES[code - 1];
  if (type === undefined) throw new DemoError("UNKNOWN_MESSAGE_TYPE", `message type ${code}`, "1 to 7", typeAt);
  return {
    ...{ major, minor, type, messageId, timestampUtcMs, agentId, platform, compressed },
    payloadAt: r.at,
    payloadEnd,
  };
}

/** A `string` (spec, preamble). */
export function readString(r: ByteReader, name: string): string {
  const at = r.at;
  const length = r.u64(`${name}Length`);
  if (length > r.remaining) throw r.failure(`${length} bytes`, `at most the ${r.remaining} left for ${name}`, at);
  return r.text(name, Number(length));
}

/** A u8 that is 0 or 1. */
export function readFlag(r: ByteReader, name: string): boolean {
  const value = r.u8(name);
  if (value > 1) throw r.failure(`${name} ${value}`, "0 or 1", r.at - 1);
  return value === 1;
}

/**
 * The content of a compressed payload.
 *
 * @throws DemoError PAYLOAD_TOO_LARGE (before anything is decompressed), DECOMPRESSION_FAILED
 */
export function decompressPayload(payload: Uint8Array, compressor: Compressor | undefined): Uint8Array {
  const limits = { maxContentBytes: MAX_CONTENT_BYTES, maxWindowBytes: MAX_WINDOW_BYTES };
  const header = zstdContentBytes(payload, limits);
  if (!header.ok) {
    const isTooLarge = header.reason === "contentTooLarge" || header.reason === "windowTooLarge";
    const found = `a zstd header refused as ${header.reason}`;
    const name = isTooLarge ? "PAYLOAD_TOO_LARGE" : "DECOMPRESSION_FAILED";
    throw new DemoError(name, found, `one that states at most ${MAX_CONTENT_BYTES} bytes`);
  }
  if (compressor === undefined) throw new DemoError("DECOMPRESSION_FAILED", "no zstd on this side", "a compressor");
  try {
    return compressor.decompress(payload, header.contentBytes);
  } catch (error) {
    const found = error instanceof ProtocolError ? error.found : String(error);
    throw new DemoError("DECOMPRESSION_FAILED", found, `one zstd frame of ${header.contentBytes} bytes`);
  }
}
