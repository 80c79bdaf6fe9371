import type { Message } from "../protocols/zmtp/session_types.ts";
import { socketError } from "./socket_error.ts";

/** One part of a message to send: bytes, a view of some, or a text in UTF-8; `null` is an empty part. */
export type PartLike = Uint8Array | ArrayBufferView | ArrayBuffer | string | null;

/** A message to send: one part or several; a list must not be empty. */
export type MessageLike = PartLike | readonly PartLike[];

const UTF8 = new TextEncoder();
const EMPTY: Uint8Array = new Uint8Array(0);

/**
 * A list of its own with the parts as bytes. Bytes are not copied: who sends them must not change them afterwards.
 *
 * @throws ProtocolError `sockets/bad-message`
 */
export function toMessage(message: MessageLike): Message {
  if (message instanceof Uint8Array) return [message];
  if (!Array.isArray(message)) return [toBytes(message as PartLike)];
  if (message.length === 0) throw socketError("sockets/bad-message", "a list without parts", "at least one part");
  const parts: Message = new Array(message.length);
  for (let i = 0; i < message.length; i++) parts[i] = toBytes(message[i]);
  return parts;
}

/**
 * One part as bytes.
 *
 * @throws ProtocolError `sockets/bad-message`
 */
export function toBytes(part: PartLike): Uint8Array {
  if (part instanceof Uint8Array) return part;
  if (typeof part === "string") return UTF8.encode(part);
  if (part === null) return EMPTY;
  if (part instanceof ArrayBuffer) return new Uint8Array(part);
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  const found = part === undefined ? "undefined" : `a ${typeof part}`;
  throw socketError("sockets/bad-message", found, "bytes, a text, null, or a list of these");
}
