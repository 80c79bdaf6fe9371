import { describe, expect, test, vi } from "vitest";
import { FrameScanner, type Framing, LENGTH_CRC_BODY, ProtocolError, type ScannedFrame } from "../../src/core/mod.ts";
import { concat, makeFrame, makeHead } from "./frames.ts";
import { cut, FRAMINGS, hex, scan } from "./scan_reference.ts";
import { randomBytes, seeded } from "./seeded.ts";

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
