import { describe, expect, test } from "vitest";
import { FrameScanner, loadCore } from "../../src/core/mod.ts";
import { cut, type Event, FRAMINGS, hex, makeStream, reference, scan } from "./scan_reference.ts";
import { between, seeded } from "./seeded.ts";

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
