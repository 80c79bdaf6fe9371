import fc from "fast-check";
import { expect, it } from "vitest";
import { headBytes } from "../../src/core/framing.ts";
import { crc32, type Framing, LENGTH_BODY_CRC, LENGTH_CRC_BODY } from "../../src/core/mod.ts";
import { applyRepair, findBitRepair } from "../../src/inspect/bit_repair.ts";
import { numbersFrom } from "./seeded_numbers.ts";

/** The CRC first and big-endian, over everything behind it, the length included. */
const CRC_OVER_LENGTH: Framing = {
  name: "crc-over-length",
  lengthAt: 4,
  lengthBytes: 2,
  lengthBigEndian: true,
  lengthAdds: 6,
  crcBytes: 4,
  crcAt: 0,
  crcBigEndian: true,
  crcFrom: 4,
  crcToEnd: 0,
  minFrameBytes: 7,
  maxFrameBytes: 65_541,
  maxSkipBytes: 65_535,
};
const FRAMINGS = [LENGTH_CRC_BODY, LENGTH_BODY_CRC, CRC_OVER_LENGTH];

/** A frame around a body: written by hand, so that it doesn't share what is tested. */
function frameOf(framing: Framing, body: Uint8Array): Uint8Array {
  if (framing === LENGTH_BODY_CRC) {
    const frame = new Uint8Array(body.length + 8);
    const view = new DataView(frame.buffer);
    view.setUint32(0, body.length);
    frame.set(body, 4);
    view.setUint32(body.length + 4, crc32(body), true);
    return frame;
  }
  if (framing === LENGTH_CRC_BODY) {
    const frame = new Uint8Array(body.length + 8);
    const view = new DataView(frame.buffer);
    view.setUint32(0, body.length + 4, true);
    view.setUint32(4, crc32(body), true);
    frame.set(body, 8);
    return frame;
  }
  const frame = new Uint8Array(body.length + 6);
  const view = new DataView(frame.buffer);
  view.setUint16(4, body.length);
  frame.set(body, 6);
  view.setUint32(0, crc32(frame.subarray(4)));
  return frame;
}

function flip(bytes: Uint8Array, offset: number, bit: number): Uint8Array {
  const flipped = bytes.slice();
  flipped[offset]! ^= 1 << bit;
  return flipped;
}

it.each(FRAMINGS)("$name: finds every single bit of a small frame, wherever it is", (framing) => {
  const numbers = numbersFrom(7);
  const frame = frameOf(framing, numbers.bytes(60));
  const behind = frameOf(framing, numbers.bytes(80));
  for (let offset = 0; offset < frame.length; offset++) {
    for (let bit = 0; bit < 8; bit++) {
      const damaged = flip(frame, offset, bit);
      const stream = new Uint8Array([...damaged, ...behind, ...behind]);
      const repair = findBitRepair(framing, stream);
      expect(repair, `byte ${offset} bit ${bit}`).toMatchObject({ offset, bit, frameBytes: frame.length });
      expect(applyRepair(stream, repair!)).toEqual(frame);
      const isLength = offset >= framing.lengthAt && offset < headBytes(framing);
      expect(repair!.field === "length").toBe(isLength);
    }
  }
});

it("finds a bit at either end of the largest frame", () => {
  const frame = frameOf(LENGTH_CRC_BODY, numbersFrom(9).bytes(LENGTH_CRC_BODY.maxFrameBytes - 8));
  for (const offset of [4, 7, 8, 100_000, frame.length - 1]) {
    expect(findBitRepair(LENGTH_CRC_BODY, flip(frame, offset, 3))).toMatchObject({ offset, bit: 3 });
  }
  expect(findBitRepair(LENGTH_CRC_BODY, flip(frame, 1, 1))).toMatchObject({ field: "length", offset: 1, bit: 1 });
});

it("says nothing of a whole frame, of one without a CRC, and of what is too short", () => {
  const frame = frameOf(LENGTH_CRC_BODY, numbersFrom(3).bytes(50));
  expect(findBitRepair(LENGTH_CRC_BODY, frame)).toBeUndefined();
  const noCrc = { ...LENGTH_CRC_BODY, crcBytes: 0, crcAt: 0 } as const;
  expect(findBitRepair(noCrc, flip(frame, 20, 0))).toBeUndefined();
  expect(findBitRepair(LENGTH_CRC_BODY, frame.subarray(0, 3))).toBeUndefined();
  expect(findBitRepair(LENGTH_CRC_BODY, frame.subarray(0, 40))).toBeUndefined();
});

it("does not call a bit of the length wrong that the end of the frame shows to be right", () => {
  const frame = frameOf(CRC_OVER_LENGTH, numbersFrom(5).bytes(40));
  // As if the CRC had been computed over another length.
  new DataView(frame.buffer).setUint32(0, crc32(flip(frame.subarray(4), 1, 6)));
  expect(findBitRepair(CRC_OVER_LENGTH, frame)).toBeUndefined();
});

it("says nothing of two flipped bits", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FRAMINGS),
      fc.uint8Array({ minLength: 40, maxLength: 400 }),
      fc.nat(),
      fc.nat(),
      (framing, body, first, second) => {
        const frame = frameOf(framing, body);
        const [a, b] = [first % (frame.length * 8), second % (frame.length * 8)];
        fc.pre(a !== b);
        const damaged = flip(flip(frame, a >>> 3, a & 7), b >>> 3, b & 7);
        expect(findBitRepair(framing, damaged)).toBeUndefined();
      },
    ),
    { seed: 41, numRuns: 300 },
  );
});
