import { FLAG_LONG, LONG_HEAD_BYTES, MAX_SHORT_BODY_BYTES, SHORT_HEAD_BYTES } from "./wire.ts";

/** Below this a loop copies faster than `set`, whose call costs more than the bytes. */
const LOOP_BYTES = 40;

/** Octets of a frame with its head (zmtp §1.2). */
export function frameBytes(bodyBytes: number): number {
  return (bodyBytes <= MAX_SHORT_BODY_BYTES ? SHORT_HEAD_BYTES : LONG_HEAD_BYTES) + bodyBytes;
}

/** Puts the head of a long frame (zmtp §1.2). @returns where its body begins */
export function putLongHead(chunk: Uint8Array, at: number, flags: number, bodyBytes: number): number {
  chunk[at] = flags | FLAG_LONG;
  writeLength(chunk, at + 1, bodyBytes);
  return at + LONG_HEAD_BYTES;
}

/** Puts a frame of 2.0 or 3.x where there is room for it (zmtp §1.2). @returns where it ends */
export function putFrame(chunk: Uint8Array, at: number, flags: number, body: Uint8Array): number {
  const { length } = body;
  if (length > MAX_SHORT_BODY_BYTES) {
    const bodyAt = putLongHead(chunk, at, flags, length);
    chunk.set(body, bodyAt);
    return bodyAt + length;
  }
  chunk[at] = flags;
  chunk[at + 1] = length;
  const bodyAt = at + SHORT_HEAD_BYTES;
  if (length > LOOP_BYTES) chunk.set(body, bodyAt);
  else for (let i = 0; i < length; i++) chunk[bodyAt + i] = body[i]!;
  return bodyAt + length;
}

/** Eight octets, big-endian; exact up to 2^53. */
export function writeLength(into: Uint8Array, at: number, value: number): void {
  let rest = value;
  for (let i = at + 7; i >= at; i--) {
    into[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}
