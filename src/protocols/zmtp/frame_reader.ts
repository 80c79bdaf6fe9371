/** Frames of a capture to rows in the shape of the vectors (`fixtures/zmtp/*.json`). */
import type { FieldSink } from "../../core/mod.ts";
import type { FrameReader, FrameRow } from "../definition.ts";
import type { DecodedFrame, MessagePart, SealedBox } from "./decoded_frame.ts";
import { Direction } from "./direction.ts";
import type { Metadata } from "./metadata_types.ts";
import { hexOf, octetsRow } from "./row_bytes.ts";

/** Reads one direction of a stream; the row of a message's last part has all of them. */
export class ZmtpFrameReader implements FrameReader {
  readonly #direction: Direction = new Direction(true);

  read(frame: Uint8Array, sink?: FieldSink): FrameRow {
    return rowOf(this.#direction.take(frame, sink));
  }
}

function rowOf(decoded: DecodedFrame): FrameRow {
  const { type } = decoded;
  if ("box" in decoded) return sealedRow(type, decoded.box, "key" in decoded ? decoded.key : undefined);
  if ("metadata" in decoded) return { type, metadata: metadataRow(decoded.metadata) };
  switch (decoded.type) {
    case "greeting": {
      const { major, minor, mechanism } = decoded.greeting;
      return { type, version: `${major}.${minor}`, mechanism, asServer: decoded.asServer };
    }
    case "hello":
      return { type, ...octetsRow("username", decoded.username), passwordBytes: decoded.passwordBytes };
    case "welcome":
      return { type };
    case "error":
      return { type, reason: decoded.reason };
    case "subscribe":
    case "cancel":
      return { type, form: decoded.form, ...octetsRow("topic", decoded.topic) };
    case "ping":
      return { type, ttlMs: decoded.ttlMs, ...octetsRow("context", decoded.context) };
    case "pong":
      return { type, ...octetsRow("context", decoded.context) };
    case "command":
      return { type, name: decoded.name, ...octetsRow("data", decoded.data) };
    case "message":
      return messageRow(decoded);
  }
}

function messageRow({ type, partIndex, isMore, body, messageBytes, message }: MessagePart): FrameRow {
  const part = { type, part: partIndex, more: isMore, bytes: body.length, ...octetsRow("body", body) };
  if (isMore) return part;
  const whole = { ...part, parts: partIndex + 1, messageBytes };
  if (message === undefined || message.length < 2) return whole;
  return { ...whole, message: message.map((one) => ({ bytes: one.length, ...octetsRow("body", one) })) };
}

function metadataRow(metadata: Metadata): FrameRow[] {
  return metadata.map(({ name, value }) => ({ name, ...octetsRow("value", value) }));
}

function sealedRow(type: string, { nonce, boxBytes }: SealedBox, key: Uint8Array | undefined): FrameRow {
  return {
    type,
    ...(key === undefined ? {} : { transientKey: hexOf(key) }),
    nonce: typeof nonce === "bigint" ? nonce : hexOf(nonce),
    boxBytes,
  };
}
