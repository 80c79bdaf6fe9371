/** Messages in the bytes of one framing, to be shared by every session that has it (zmtp §3.1, rule 8). */
import { putLongHead, writeLength } from "./put_frame.ts";
import type { EncodedMessage, WireFraming } from "./session_types.ts";
import { FLAG_MORE, LONG_HEAD_BYTES, MAX_SHORT_BODY_BYTES } from "./wire.ts";

/** Bodies over this go by reference, behind a chunk with their head: copying costs more than one more chunk to write. */
export const MAX_COPIED_BYTES = 16_384;
/** In 1.0 the length counts the flags, and FF says that a long one follows (zmtp §1.14). */
const MAX_SHORT_LENGTH_1 = 254;

/**
 * Encodes a message once.
 *
 * @param message at least one part; larger parts are kept by reference and must not be changed until all is written
 *
 * @example
 * ```ts
 * import { encodeMessage } from "tidewire/zmtp";
 * encodeMessage([Uint8Array.of(0x68, 0x69)], "zmtp").chunks; // [00 02 68 69]
 * ```
 */
export function encodeMessage(message: readonly Uint8Array[], framing: WireFraming): EncodedMessage {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const last = message.length - 1;
  if (framing === "zws") {
    // zmtp §1.15: a WebSocket message a frame
    message.forEach((body, i) => {
      const chunk = new Uint8Array(1 + body.length);
      chunk[0] = i < last ? 1 : 0;
      chunk.set(body, 1);
      chunks.push(chunk);
      bytes += chunk.length;
    });
    return { framing, chunks, bytes };
  }
  let held: Uint8Array[] = [];
  message.forEach((body, i) => {
    const head = framing === "zmtp" ? headOf(body.length, i < last) : firstHeadOf(body.length, i < last);
    bytes += head.length + body.length;
    held.push(head);
    if (body.length <= MAX_COPIED_BYTES) {
      held.push(body);
      return;
    }
    chunks.push(joined(held), body);
    held = [];
  });
  if (held.length > 0) chunks.push(joined(held));
  return { framing, chunks, bytes };
}

/** The head of a message frame of 2.0 and 3.x (zmtp §1.2). */
function headOf(bodyBytes: number, isMore: boolean): Uint8Array {
  const more = isMore ? FLAG_MORE : 0;
  if (bodyBytes <= MAX_SHORT_BODY_BYTES) return Uint8Array.of(more, bodyBytes);
  const head = new Uint8Array(LONG_HEAD_BYTES);
  putLongHead(head, 0, more, bodyBytes);
  return head;
}

/** The head of a frame of 1.0 (zmtp §1.14). */
function firstHeadOf(bodyBytes: number, isMore: boolean): Uint8Array {
  const length = bodyBytes + 1;
  if (length <= MAX_SHORT_LENGTH_1) return Uint8Array.of(length, isMore ? FLAG_MORE : 0);
  const head = new Uint8Array(1 + 8 + 1);
  head[0] = 0xff;
  writeLength(head, 1, length);
  head[9] = isMore ? FLAG_MORE : 0;
  return head;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
