import { describe, expect, test } from "vitest";
import { loadKernels } from "../../src/core/kernels.ts";
import {
  type Framing,
  findFrame,
  LENGTH_BODY_CRC,
  LENGTH_CRC_BODY,
  loadCore,
  ProtocolError,
} from "../../src/core/mod.ts";
import { crc32Reference } from "./crc32_reference.ts";
import { concat, makeFrame } from "./frames.ts";
import { between, randomBytes, seeded } from "./seeded.ts";

describe.each([LENGTH_CRC_BODY, LENGTH_BODY_CRC])("findFrame, $name", (framing: Framing) => {
  const random = seeded(21);
  const frame = makeFrame(framing, randomBytes(random, 500));

  test("a frame at the start, and from one byte later the next one", () => {
    const bytes = concat([frame, frame]);
    expect(findFrame(framing, bytes, 0)).toBe(0);
    expect(findFrame(framing, bytes, 1)).toBe(frame.length);
    expect(findFrame(framing, bytes, frame.length + 1)).toBe(-1);
  });

  test("a frame after noise of every length to 100, and one that the end cuts off", () => {
    for (let noise = 0; noise <= 100; noise++) {
      const bytes = concat([new Uint8Array(noise).fill(0xff), frame]);
      expect(findFrame(framing, bytes, 0)).toBe(noise);
      expect(findFrame(framing, bytes.subarray(0, bytes.length - 1), 0)).toBe(-1);
    }
  });

  test("no frame in noise, in nothing, and behind the end", () => {
    expect(findFrame(framing, randomBytes(random, 50_000), 0)).toBe(-1);
    expect(findFrame(framing, new Uint8Array(0), 0)).toBe(-1);
    expect(findFrame(framing, frame, frame.length)).toBe(-1);
    expect(findFrame(framing, frame, frame.length + 5)).toBe(-1);
  });

  test("passes over a frame whose CRC is wrong", () => {
    const broken = frame.slice();
    broken[100]! ^= 1;
    expect(findFrame(framing, concat([broken, frame]), 0)).toBe(frame.length);
  });

  test("a largest frame anywhere around the window's borders, and the same in the core's own memory", () => {
    const largest = makeFrame(framing, randomBytes(random, framing.maxFrameBytes - 8));
    for (const noise of [0, 262_100, 262_143, 262_144, 262_145, 400_000, 524_287, 524_288, 524_289, 700_000]) {
      const bytes = concat([new Uint8Array(noise).fill(0xff), largest]);
      expect(findFrame(framing, bytes, 0)).toBe(noise);
      loadCore().input.set(bytes);
      expect(findFrame(framing, loadCore().input.subarray(0, bytes.length), 0)).toBe(noise);
    }
  });
});

describe("bytes that are made to look like the starts of frames", () => {
  /** A large frame could start at every fourth byte, and at none of them does one whose CRC holds. */
  function decoys(length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, i) => [0xf0, 0xff, 0x03, 0x00][i % 4]!);
  }

  test("are passed over without reading each of them through", () => {
    const frame = makeFrame(LENGTH_CRC_BODY, randomBytes(seeded(22), 5_000));
    const bytes = concat([decoys(2_000_000), frame, decoys(400_000)]);
    expect(findFrame(LENGTH_CRC_BODY, bytes, 0)).toBe(2_000_000);
    expect(findFrame(LENGTH_CRC_BODY, bytes, 2_000_001)).toBe(-1);
  });

  test("frames of every size among them are found from every place before", () => {
    const random = seeded(23);
    for (const framing of [LENGTH_CRC_BODY, LENGTH_BODY_CRC]) {
      for (let round = 0; round < 40; round++) {
        const body = randomBytes(random, between(random, 34, between(random, 100, 30_000)));
        const noise =
          random() < 0.5 ? decoys(between(random, 0, 30_000)) : randomBytes(random, between(random, 0, 30_000));
        const frame = makeFrame(framing, body);
        const bytes = concat([noise, frame, decoys(between(random, 0, 300_000))]);
        expect(findFrame(framing, bytes, between(random, 0, noise.length))).toBe(noise.length);
        const broken = bytes.slice();
        broken[noise.length + between(random, 12, frame.length - 5)]! ^= 1 << between(random, 0, 7);
        expect(findFrame(framing, broken, noise.length)).toBe(-1);
      }
    }
  });
});

describe("the cost of a search", () => {
  /** Bytes in which a frame could start at one place in `period`, with the length that `length` gives. */
  function starts(total: number, period: number, length: (place: number) => number): Uint8Array {
    const bytes = new Uint8Array(total);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at + 4 <= total; at += period) view.setUint32(at, length(at), true);
    return bytes;
  }

  const WORST: Readonly<Record<string, Uint8Array>> = {
    "lengths at every second byte": starts(400_000, 2, () => 0x0001_0001),
    "lengths at every third byte": starts(400_000, 3, () => 3),
    "lengths of 40 to 64 bytes": starts(400_000, 3, (at) => 36 + (at % 21)),
    "lengths of 4,000 bytes": starts(400_000, 4, () => 4_000),
    "lengths of all sizes": starts(400_000, 4, (at) => (at * 7_919) % 262_000),
    "lengths as large as can be": starts(400_000, 4, () => 262_140),
  };

  // Checkpoints read each byte once; a start costs 64 bytes at most, whatever it claims.
  test.each(Object.entries(WORST))("is bounded by the bytes and the starts, not by %s", (_name, bytes) => {
    const { wasm, stagingAt, bytes: memory, useFraming } = loadKernels();
    useFraming.call(loadKernels(), LENGTH_CRC_BODY);
    memory.set(bytes, stagingAt);
    expect(wasm.findFrame(stagingAt, stagingAt + bytes.length, true)).toBe(0);
    const view = new DataView(bytes.buffer);
    let candidates = 0;
    for (let at = 0; at + 4 <= bytes.length; at++) {
      const frameBytes = view.getUint32(at, true) + 4;
      if (frameBytes >= 42 && frameBytes <= 262_144 && at + frameBytes <= bytes.length) candidates++;
    }
    expect(candidates).toBeGreaterThan(20_000);
    expect(wasm.searchedBytes()).toBeLessThanOrEqual(bytes.length + 64 * candidates);
  });

  test("buys what the naive way finds", () => {
    const random = seeded(31);
    for (const framing of [LENGTH_CRC_BODY, LENGTH_BODY_CRC]) {
      for (let round = 0; round < 30; round++) {
        const bytes = starts(between(random, 100, 6_000), between(random, 1, 4), () => between(random, 30, 500));
        if (random() < 0.7) {
          const frame = makeFrame(framing, randomBytes(random, between(random, 34, 300)));
          bytes.set(frame.subarray(0, bytes.length), between(random, 0, Math.max(0, bytes.length - frame.length)));
        }
        const from = between(random, 0, 50);
        expect(findFrame(framing, bytes, from)).toBe(naiveFind(framing, bytes, from));
      }
    }
  });

  /** Every place, its length, its CRC bit by bit. */
  function naiveFind(framing: Framing, bytes: Uint8Array, from: number): number {
    const view = new DataView(bytes.buffer);
    for (let at = from; at + 4 <= bytes.length; at++) {
      const frameBytes = view.getUint32(at + framing.lengthAt, !framing.lengthBigEndian) + framing.lengthAdds;
      if (frameBytes < framing.minFrameBytes || frameBytes > framing.maxFrameBytes) continue;
      if (at + frameBytes > bytes.length) continue;
      const crcAt = framing.crcAt < 0 ? at + frameBytes + framing.crcAt : at + framing.crcAt;
      const covered = bytes.subarray(at + framing.crcFrom, at + frameBytes - framing.crcToEnd);
      if (crc32Reference(covered) === view.getUint32(crcAt, !framing.crcBigEndian)) return at;
    }
    return -1;
  }
});

test("without a CRC there is nothing to go by", () => {
  const framing: Framing = { ...LENGTH_CRC_BODY, crcBytes: 0, crcAt: 0 };
  expect(() => findFrame(framing, new Uint8Array(100), 0)).toThrow(ProtocolError);
});
