import { FrameScanner, type Framing, LENGTH_BODY_CRC, LENGTH_CRC_BODY, type ScannedFrame } from "../../src/core/mod.ts";
import { crc32Reference } from "./crc32_reference.ts";
import { concat, makeFrame, makeHead } from "./frames.ts";
import { between, randomBytes, seeded } from "./seeded.ts";

/** Both real framings and others of every width and order, cut down so that every split of a stream can be tried. */
export const FRAMINGS: readonly Framing[] = [
  { ...LENGTH_CRC_BODY, maxFrameBytes: 700, maxSkipBytes: 2_000 },
  { ...LENGTH_BODY_CRC, maxFrameBytes: 700, maxSkipBytes: 2_000 },
  {
    ...LENGTH_CRC_BODY,
    name: "u16 at 3, CRC big-endian in the middle",
    lengthAt: 3,
    lengthBytes: 2,
    lengthBigEndian: true,
    lengthAdds: 0,
    crcAt: 5,
    crcBigEndian: true,
    crcFrom: 9,
    minFrameBytes: 9,
    maxFrameBytes: 700,
    maxSkipBytes: 2_000,
  },
  {
    ...LENGTH_CRC_BODY,
    name: "u8 and no CRC",
    lengthBytes: 1,
    lengthAdds: 1,
    crcBytes: 0,
    crcAt: 0,
    crcFrom: 0,
    minFrameBytes: 1,
    maxFrameBytes: 200,
    maxSkipBytes: 255,
  },
  {
    ...LENGTH_BODY_CRC,
    name: "u64",
    lengthBytes: 8,
    lengthAdds: 12,
    crcFrom: 8,
    minFrameBytes: 12,
    maxFrameBytes: 700,
    maxSkipBytes: 2_000,
  },
];

/** An event without its bytes' identity. */
export interface Event extends Omit<ScannedFrame, "bytes"> {
  readonly hex: string;
}

export interface Result {
  readonly events: readonly Event[];
  readonly tail: { readonly offset: number; readonly hex: string } | undefined;
  readonly streamOffset: number;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

export function drain(scanner: FrameScanner, events: Event[]): void {
  for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) {
    const { bytes, ...rest } = frame;
    events.push({ ...rest, hex: hex(bytes) });
  }
}

export function scan(framing: Framing, chunks: Iterable<Uint8Array>): Result {
  const scanner = new FrameScanner(framing);
  const events: Event[] = [];
  for (const chunk of chunks) {
    scanner.push(chunk);
    drain(scanner, events);
  }
  const tail = scanner.finish();
  return {
    events,
    tail: tail === undefined ? undefined : { offset: tail.offset, hex: hex(tail.bytes) },
    streamOffset: scanner.streamOffset,
  };
}

/** The plain way, over the whole stream. */
export function reference(framing: Framing, stream: Uint8Array): Result {
  const events: Event[] = [];
  const head = framing.lengthAt + framing.lengthBytes;
  const none = { hex: "", storedCrc: 0, computedCrc: 0 };
  let offset = 0;
  while (stream.length - offset >= head) {
    const field = [...stream.subarray(offset + framing.lengthAt, offset + head)];
    if (!framing.lengthBigEndian) field.reverse();
    const value = field.reduce((sum, byte) => sum * 256 + byte, 0);
    const declaredBytes = value + framing.lengthAdds;
    if (declaredBytes < framing.minFrameBytes) {
      events.push({ status: "tooSmall", offset, declaredBytes, ...none, fatal: true });
      return { events, tail: undefined, streamOffset: stream.length };
    }
    if (declaredBytes > framing.maxFrameBytes) {
      const fatal = value > framing.maxSkipBytes;
      events.push({ status: "tooLarge", offset, declaredBytes, ...none, fatal });
      offset += declaredBytes;
      if (fatal || offset >= stream.length) return { events, tail: undefined, streamOffset: stream.length };
      continue;
    }
    if (stream.length - offset < declaredBytes) break;
    const frame = stream.subarray(offset, offset + declaredBytes);
    let storedCrc = 0;
    let computedCrc = 0;
    if (framing.crcBytes === 4) {
      const at = framing.crcAt < 0 ? frame.length + framing.crcAt : framing.crcAt;
      storedCrc = new DataView(frame.buffer, frame.byteOffset).getUint32(at, !framing.crcBigEndian);
      computedCrc = crc32Reference(frame.subarray(framing.crcFrom, frame.length - framing.crcToEnd));
    }
    const status = storedCrc === computedCrc ? "ok" : "crcMismatch";
    events.push({ status, offset, hex: hex(frame), declaredBytes, storedCrc, computedCrc, fatal: false });
    offset += declaredBytes;
  }
  const tail = offset < stream.length ? { offset, hex: hex(stream.subarray(offset)) } : undefined;
  return { events, tail, streamOffset: stream.length };
}

function frameOfSize(framing: Framing, random: () => number, frameBytes: number): Uint8Array {
  const overhead = makeFrame(framing, new Uint8Array(0)).length;
  return makeFrame(framing, randomBytes(random, Math.max(0, frameBytes - overhead)));
}

/** Good frames, broken ones, too large ones that are skipped, and an unfinished tail. */
export function makeStream(framing: Framing, seed: number): Uint8Array {
  const random = seeded(seed);
  const size = (): number => between(random, framing.minFrameBytes, Math.min(framing.maxFrameBytes, 150));
  const broken = frameOfSize(framing, random, 60);
  broken[50]! ^= 0x10;
  const skipped = framing.maxFrameBytes + between(random, 1, 40);
  return concat([
    frameOfSize(framing, random, size()),
    frameOfSize(framing, random, framing.minFrameBytes),
    broken,
    frameOfSize(framing, random, framing.maxFrameBytes),
    makeHead(framing, skipped),
    randomBytes(random, skipped - framing.lengthAt - framing.lengthBytes),
    frameOfSize(framing, random, size()),
    frameOfSize(framing, random, size()),
    frameOfSize(framing, random, 90).subarray(0, 75),
  ]);
}

export function* cut(bytes: Uint8Array, sizes: () => number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const size = sizes();
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
