import { describe, expect, test, vi } from "vitest";
import {
  FrameScanner,
  type Framing,
  LENGTH_BODY_CRC,
  LENGTH_CRC_BODY,
  loadCore,
  ProtocolError,
  type ScannedFrame,
} from "../../src/core/mod.ts";
import { crc32Reference } from "./crc32_reference.ts";
import { concat, makeFrame, makeHead } from "./frames.ts";
import { between, randomBytes, seeded } from "./seeded.ts";

/** Both real framings and others of every width and order, cut down so that every split of a stream can be tried. */
const FRAMINGS: readonly Framing[] = [
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
interface Event extends Omit<ScannedFrame, "bytes"> {
  readonly hex: string;
}

interface Result {
  readonly events: readonly Event[];
  readonly tail: { readonly offset: number; readonly hex: string } | undefined;
  readonly streamOffset: number;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function drain(scanner: FrameScanner, events: Event[]): void {
  for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) {
    const { bytes, ...rest } = frame;
    events.push({ ...rest, hex: hex(bytes) });
  }
}

function scan(framing: Framing, chunks: Iterable<Uint8Array>): Result {
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
function reference(framing: Framing, stream: Uint8Array): Result {
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
function makeStream(framing: Framing, seed: number): Uint8Array {
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

function* cut(bytes: Uint8Array, sizes: () => number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const size = sizes();
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe.each(FRAMINGS)("a stream in the framing $name", (framing) => {
  const stream = makeStream(framing, 31);
  const expected = reference(framing, stream);

  test("holds what it should", () => {
    const statuses = expected.events.map(({ status }) => status);
    expect(statuses.filter((status) => status === "tooLarge")).toHaveLength(1);
    if (framing.crcBytes === 4) expect(statuses.filter((status) => status === "crcMismatch")).toHaveLength(1);
    expect(statuses.filter((status) => status === "ok").length).toBeGreaterThanOrEqual(5);
    expect(expected.tail).toBeDefined();
  });

  test("whole, from outside and in the core's own memory", () => {
    expect(scan(framing, [stream])).toEqual(expected);
    loadCore().input.set(stream, 777);
    expect(scan(framing, [loadCore().input.subarray(777, 777 + stream.length)])).toEqual(expected);
  });

  test("byte by byte", () => {
    expect(
      scan(
        framing,
        cut(stream, () => 1),
      ),
    ).toEqual(expected);
  });

  test("at every two-way split", () => {
    for (let at = 0; at <= stream.length; at++) {
      const result = scan(framing, [stream.subarray(0, at), stream.subarray(at)]);
      if (JSON.stringify(result) !== JSON.stringify(expected)) expect(result, `split at ${at}`).toEqual(expected);
    }
  });

  test("in 1,000 random chunkings", () => {
    const random = seeded(32);
    const whole = JSON.stringify(expected);
    for (let round = 0; round < 1_000; round++) {
      const largest = between(random, 1, 400);
      const result = scan(
        framing,
        cut(stream, () => between(random, 0, largest)),
      );
      if (JSON.stringify(result) !== whole) expect(result, `round ${round}`).toEqual(expected);
    }
  });

  test("cut off anywhere: the tail says what there is", () => {
    for (let length = 0; length <= stream.length; length += 7) {
      const start = stream.subarray(0, length);
      expect(
        scan(
          framing,
          cut(start, () => 33),
        ),
      ).toEqual(reference(framing, start));
    }
  });

  test("random streams of another seed", () => {
    const random = seeded(33);
    for (let seed = 100; seed < 130; seed++) {
      const other = makeStream(framing, seed);
      expect(
        scan(
          framing,
          cut(other, () => between(random, 1, 90)),
        ),
      ).toEqual(reference(framing, other));
    }
  });
});

describe("a length that can't be", () => {
  const good = makeFrame(LENGTH_CRC_BODY, new Uint8Array(40));

  test("too small: fatal as soon as the length field is there, and nothing comes after it", () => {
    for (const declared of [4, 5, 41]) {
      const scanner = new FrameScanner(LENGTH_CRC_BODY);
      scanner.push(makeHead(LENGTH_CRC_BODY, declared));
      expect(scanner.next()).toMatchObject({ status: "tooSmall", offset: 0, declaredBytes: declared, fatal: true });
      scanner.push(good);
      expect(scanner.next()).toBeUndefined();
      expect(scanner.carriedBytes).toBe(0);
      expect(scanner.finish()).toBeUndefined();
      expect(scanner.streamOffset).toBe(4 + good.length);
    }
  });

  test("too large, up to 16 MiB: reported at once, skipped without being held, and scanning goes on", () => {
    const declared = 16_777_216 + 4;
    const scanner = new FrameScanner(LENGTH_CRC_BODY);
    scanner.push(concat([good, makeHead(LENGTH_CRC_BODY, declared)]));
    expect(scanner.next()).toMatchObject({ status: "ok" });
    const refusal = scanner.next();
    expect(refusal).toMatchObject({ status: "tooLarge", offset: good.length, declaredBytes: declared, fatal: false });
    expect(refusal?.bytes.length).toBe(0);
    expect(scanner.next()).toBeUndefined();
    const chunk = new Uint8Array(65_536);
    for (let left = declared - 4; left > 0; left -= chunk.length) {
      scanner.push(chunk.subarray(0, Math.min(left, chunk.length)));
      expect(scanner.next()).toBeUndefined();
      expect(scanner.carriedBytes).toBe(0);
    }
    scanner.push(good);
    expect(scanner.next()).toMatchObject({ status: "ok", offset: good.length + declared });
  });

  test("over 16 MiB: fatal", () => {
    for (const declared of [16_777_216 + 5, 0xffff_ffff + 4]) {
      const scanner = new FrameScanner(LENGTH_CRC_BODY);
      scanner.push(concat([makeHead(LENGTH_CRC_BODY, declared), good]));
      expect(scanner.next()).toMatchObject({ status: "tooLarge", declaredBytes: declared, fatal: true });
      expect(scanner.next()).toBeUndefined();
    }
  });

  test("in eight bytes, up to the highest", () => {
    const framing = FRAMINGS[4]!;
    const scanner = new FrameScanner(framing);
    scanner.push(new Uint8Array(8).fill(0xff));
    const refusal = scanner.next();
    expect(refusal).toMatchObject({ status: "tooLarge", fatal: true });
    expect(refusal!.declaredBytes).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
  });
});

describe("what is held", () => {
  const body = randomBytes(seeded(34), 262_136);
  const largest = makeFrame(LENGTH_CRC_BODY, body);

  test("a largest frame that comes byte by byte is copied a constant number of times and held no longer than needed", () => {
    const scanner = new FrameScanner(LENGTH_CRC_BODY);
    const set = vi.spyOn(Uint8Array.prototype, "set");
    let copied = 0;
    let frame: ScannedFrame | undefined;
    try {
      for (let at = 0; at < largest.length; at++) {
        scanner.push(largest.subarray(at, at + 1));
        frame = scanner.next();
      }
      for (const [source] of set.mock.calls) copied += source.length;
    } finally {
      set.mockRestore();
    }
    expect(frame).toMatchObject({ status: "ok", offset: 0 });
    expect(Buffer.compare(frame!.bytes, largest)).toBe(0);
    expect(scanner.carriedBytes).toBe(0);
    // The buffer's doublings, and once through the core for the CRC.
    expect(copied).toBeLessThan(3 * largest.length);
  });

  test("a declared length alone makes nobody set room aside", () => {
    const scanner = new FrameScanner(LENGTH_CRC_BODY);
    scanner.push(largest.subarray(0, 10));
    expect(scanner.next()).toBeUndefined();
    expect(scanner.carriedBytes).toBe(10);
    expect(scanner.finish()!.bytes.buffer.byteLength).toBeLessThanOrEqual(4_096);
  });

  test("a frame that lies whole in the chunk is a view on it, another one a copy", () => {
    const frame = makeFrame(LENGTH_CRC_BODY, new Uint8Array(100));
    const chunk = concat([frame, frame.subarray(0, 50)]);
    const scanner = new FrameScanner(LENGTH_CRC_BODY);
    scanner.push(chunk);
    expect(scanner.next()!.bytes.buffer).toBe(chunk.buffer);
    expect(scanner.next()).toBeUndefined();
    chunk.fill(0); // the scanner is drained: the chunk is the host's again
    scanner.push(frame.subarray(50));
    const second = scanner.next()!;
    expect(second.status).toBe("ok");
    expect(second.bytes.buffer).not.toBe(chunk.buffer);
    expect(hex(second.bytes)).toBe(hex(frame));
  });

  test("a chunk that is larger than the core's own region, and a frame that is", () => {
    const many = concat(Array.from({ length: 9 }, () => largest));
    expect(scan(LENGTH_CRC_BODY, [many]).events.map(({ status, offset }) => [status, offset])).toEqual(
      Array.from({ length: 9 }, (_, i) => ["ok", i * largest.length]),
    );
    const wide: Framing = { ...LENGTH_CRC_BODY, name: "wide", maxFrameBytes: 4_194_304 };
    const huge = makeFrame(wide, randomBytes(seeded(35), 1_500_000));
    for (const chunks of [[concat([huge, largest])], cut(concat([huge, largest]), () => 65_536)]) {
      const { events } = scan(wide, chunks);
      expect(events.map(({ status, offset }) => [status, offset])).toEqual([
        ["ok", 0],
        ["ok", huge.length],
      ]);
    }
  });

  test("more frames in a chunk than the table has rows", () => {
    const framing = FRAMINGS[3]!;
    const { events } = scan(framing, [new Uint8Array(20_000)]);
    expect(events).toHaveLength(20_000);
    expect(
      events.every(({ status, offset, declaredBytes }, i) => status === "ok" && offset === i && declaredBytes === 1),
    ).toBe(true);
  });
});

describe("many scanners at once", () => {
  test("drained in turns they don't disturb each other, nor does other work in the core", () => {
    const streams = [41, 42, 43].map((seed) => makeStream(FRAMINGS[0]!, seed));
    const scanners = streams.map(() => new FrameScanner(FRAMINGS[0]!));
    const events: Event[][] = streams.map(() => []);
    for (const [i, stream] of streams.entries()) scanners[i]!.push(stream);
    for (let open = true; open; ) {
      open = false;
      scanners.forEach((scanner, i) => {
        const frame = scanner.next();
        if (frame === undefined) return;
        open = true;
        const { bytes, ...rest } = frame;
        events[i]!.push({ ...rest, hex: hex(bytes) });
        loadCore().crc32(new Uint8Array(10_000));
      });
    }
    streams.forEach((stream, i) => {
      expect(events[i]).toEqual(reference(FRAMINGS[0]!, stream).events);
    });
  });
});

describe("wrong use", () => {
  test("a push before the chunk before is drained", () => {
    const scanner = new FrameScanner(LENGTH_CRC_BODY);
    const frame = makeFrame(LENGTH_CRC_BODY, new Uint8Array(40));
    scanner.push(concat([frame, frame]));
    scanner.next();
    expect(() => scanner.push(frame)).toThrow(ProtocolError);
    expect(scanner.next()).toMatchObject({ status: "ok" });
    scanner.push(frame);
    expect(scanner.next()).toMatchObject({ status: "ok", offset: 2 * frame.length });
  });

  test.each([
    { minFrameBytes: 7 },
    { minFrameBytes: 0 },
    { maxFrameBytes: 41 },
    { crcAt: -2 },
    { crcAt: 40 },
    { crcFrom: 40, crcToEnd: 3 },
  ])("a framing whose smallest frame can't hold it: %o", (change) => {
    expect(() => new FrameScanner({ ...LENGTH_CRC_BODY, ...change })).toThrow(/core\/framing-unusable/);
  });
});
