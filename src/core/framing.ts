import { ProtocolError } from "./protocol_error.ts";

/**
 * How one stream is cut into frames: where a frame's length stands and what it counts, where its CRC-32 stands and what it
 * covers. Positions and sizes are bytes. A framing is a constant: don't change it after its first use.
 */
export interface Framing {
  /** For error texts. */
  readonly name: string;
  /** Where the length field stands, from the start of the frame. */
  readonly lengthAt: number;
  /** Width of the length field. */
  readonly lengthBytes: 1 | 2 | 4 | 8;
  readonly lengthBigEndian: boolean;
  /** What to add to the length field's value to get the size of the whole frame. */
  readonly lengthAdds: number;
  /** 4 for a CRC-32/ISO-HDLC, 0 for none: the other crc fields then mean nothing and are 0. */
  readonly crcBytes: 0 | 4;
  /** Where the CRC stands, from the start of the frame, or, where negative, from its end. */
  readonly crcAt: number;
  readonly crcBigEndian: boolean;
  /** What the CRC covers begins here, from the start of the frame. */
  readonly crcFrom: number;
  /** What the CRC covers ends this many bytes before the end of the frame. */
  readonly crcToEnd: number;
  /** Size of the smallest whole frame. */
  readonly minFrameBytes: number;
  /** Size of the largest whole frame. */
  readonly maxFrameBytes: number;
  /** Up to this value of the length field a frame that is too large is skipped; over it the stream is given up. */
  readonly maxSkipBytes: number;
}

/** Bytes from the start of a frame to the end of its length field. */
export function headBytes(framing: Framing): number {
  return framing.lengthAt + framing.lengthBytes;
}

/**
 * The size of the whole frame that starts at `at`, as its length field declares it. All of {@linkcode headBytes} must be
 * there. Exact up to 2^53, and at least that above.
 */
export function declaredFrameBytes(framing: Framing, bytes: Uint8Array, at: number): number {
  const first = at + framing.lengthAt;
  let value = 0;
  for (let i = 0; i < framing.lengthBytes; i++) {
    value = value * 256 + bytes[framing.lengthBigEndian ? first + i : first + framing.lengthBytes - 1 - i]!;
  }
  return value + framing.lengthAdds;
}

/** The CRC that a whole frame carries. */
export function storedCrc(framing: Framing, frame: Uint8Array): number {
  const at = framing.crcAt < 0 ? frame.length + framing.crcAt : framing.crcAt;
  const [b0, b1, b2, b3] = [frame[at]!, frame[at + 1]!, frame[at + 2]!, frame[at + 3]!];
  const value = framing.crcBigEndian
    ? (b0 << 24) | (b1 << 16) | (b2 << 8) | b3
    : (b3 << 24) | (b2 << 16) | (b1 << 8) | b0;
  return value >>> 0;
}

/** The bytes of a whole frame that its CRC covers. */
export function crcCovered(framing: Framing, frame: Uint8Array): Uint8Array {
  return frame.subarray(framing.crcFrom, frame.length - framing.crcToEnd);
}

/**
 * @throws ProtocolError `core/framing-unusable` if the smallest frame can't hold what the framing reads of every frame, so
 * that the kernels never read outside of one.
 */
export function checkFraming(framing: Framing): void {
  const crcEnd = framing.crcAt < 0 ? -framing.crcAt : framing.crcAt + framing.crcBytes;
  const crcFits = framing.crcBytes === 0 || framing.crcAt >= 0 || framing.crcAt <= -4;
  const needs = Math.max(headBytes(framing), crcEnd, framing.crcFrom + framing.crcToEnd, 1);
  if (!crcFits || framing.minFrameBytes < needs || framing.maxFrameBytes < framing.minFrameBytes) {
    throw new ProtocolError({
      code: "core/framing-unusable",
      side: "local",
      found: `framing ${framing.name} with frames of ${framing.minFrameBytes} to ${framing.maxFrameBytes} bytes`,
      expected: `a smallest frame of at least ${needs} bytes and a largest that is not below it`,
    });
  }
}
