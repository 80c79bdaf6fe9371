import type { Framing } from "../../src/core/mod.ts";
import { crc32Reference } from "./crc32_reference.ts";

function writeNumber(bytes: Uint8Array, at: number, width: number, value: number, bigEndian: boolean): void {
  let rest = value;
  for (let i = 0; i < width; i++) {
    bytes[bigEndian ? at + width - 1 - i : at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** A frame of that framing around `body`, made without the core. */
export function makeFrame(framing: Framing, body: Uint8Array): Uint8Array {
  const headBytes = framing.lengthAt + framing.lengthBytes;
  const crcAhead = framing.crcBytes === 4 && framing.crcAt >= 0 ? 4 : 0;
  const frame = new Uint8Array(headBytes + body.length + framing.crcBytes);
  frame.set(body, headBytes + crcAhead);
  writeNumber(frame, framing.lengthAt, framing.lengthBytes, frame.length - framing.lengthAdds, framing.lengthBigEndian);
  if (framing.crcBytes === 4) {
    const crc = crc32Reference(frame.subarray(framing.crcFrom, frame.length - framing.crcToEnd));
    const at = framing.crcAt < 0 ? frame.length + framing.crcAt : framing.crcAt;
    writeNumber(frame, at, 4, crc, framing.crcBigEndian);
  }
  return frame;
}

/** The head of a frame that declares `declaredBytes` in all. */
export function makeHead(framing: Framing, declaredBytes: number): Uint8Array {
  const head = new Uint8Array(framing.lengthAt + framing.lengthBytes);
  writeNumber(head, framing.lengthAt, framing.lengthBytes, declaredBytes - framing.lengthAdds, framing.lengthBigEndian);
  return head;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
