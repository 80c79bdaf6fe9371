import { FLAG_LONG, LONG_HEAD_BYTES, SHORT_HEAD_BYTES } from "./wire.ts";

/** What stands before a frame's body (zmtp §1.2). */
export interface FrameHead {
  /** As they came, reserved bits and all. */
  readonly flags: number;
  readonly headBytes: number;
  /** Exact up to 2^53, and more than any limit above. */
  readonly bodyBytes: number;
}

/** Octets of the head that starts with these flags. */
export function headBytesOf(flags: number): number {
  return (flags & FLAG_LONG) === 0 ? SHORT_HEAD_BYTES : LONG_HEAD_BYTES;
}

/** Reads a head that is all there. */
export function readHead(bytes: Uint8Array): FrameHead {
  const flags = bytes[0]!;
  const headBytes = headBytesOf(flags);
  let bodyBytes = 0;
  for (let i = 1; i < headBytes; i++) bodyBytes = bodyBytes * 256 + bytes[i]!;
  return { flags, headBytes, bodyBytes };
}
