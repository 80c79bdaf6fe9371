import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter, type FieldValue, int64, ProtocolError } from "../../src/core/mod.ts";

const MAX_U64 = 2n ** 64n - 1n;

function reader(bytes: ArrayLike<number>): ByteReader {
  const all = Uint8Array.from(bytes);
  return new ByteReader(
    all,
    0,
    all.length,
    (found, expected, offset) => new ProtocolError({ code: "test/malformed", side: "remote", found, expected, offset }),
  );
}

function written(write: (w: ByteWriter) => void): Uint8Array {
  const w = new ByteWriter(1 << 20);
  write(w);
  return w.finish().slice();
}

const malformed = (offset: number): unknown => expect.objectContaining({ code: "test/malformed", offset });
/** As the reader gives it: a number while it is safe. */
const asInt64 = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;

describe("integers", () => {
  it("come back as they were written, at every bound", () => {
    for (const value of [0, 1, 0x7f, 0x80, 0xff]) expect(reader(written((w) => w.u8(value))).u8("x")).toBe(value);
    for (const value of [0, 0xff, 0x100, 0x8000, 0xffff])
      expect(reader(written((w) => w.u16(value))).u16("x")).toBe(value);
    for (const value of [0, 0xffff, 0x1_0000, 0x8000_0000, 0xffff_ffff]) {
      expect(reader(written((w) => w.u32(value))).u32("x")).toBe(value);
    }
    const safe = BigInt(Number.MAX_SAFE_INTEGER);
    for (const value of [0n, 1n, 2n ** 32n, safe, safe + 1n, 2n ** 63n, MAX_U64]) {
      expect(reader(written((w) => w.u64(value))).u64("x")).toBe(asInt64(value));
    }
    for (const value of [0n, -1n, -(2n ** 32n), -safe, -safe - 2n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(reader(written((w) => w.u64(value))).i64("x")).toBe(asInt64(value));
    }
  });

  it("of 64 bits are written alike from number and bigint, and never rounded", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_U64 }), (value) => {
        expect(reader(written((w) => w.u64(value))).u64("x")).toBe(asInt64(value));
        expect(int64(Number(value & 0xffff_ffffn), Number(value >> 32n))).toBe(asInt64(value));
      }),
      { seed: 4 },
    );
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(written((w) => w.u64(value))).toEqual(written((w) => w.u64(BigInt(value))));
        expect(reader(written((w) => w.u64(value))).i64("x")).toBe(value);
      }),
      { seed: 5 },
    );
  });

  it("are little-endian", () => {
    const bytes = written((w) => {
      w.u16(0x0102);
      w.u32(0x03040506);
      w.u64(0x0708090a0b0c0d0en);
    });
    expect([...bytes]).toEqual([2, 1, 6, 5, 4, 3, 14, 13, 12, 11, 10, 9, 8, 7]);
  });

  it("and floats are refused where they are cut off", () => {
    const reads: [number, (r: ByteReader) => unknown][] = [
      [1, (r) => r.u8("x")],
      [2, (r) => r.u16("x")],
      [4, (r) => r.u32("x")],
      [8, (r) => r.u64("x")],
      [8, (r) => r.i64("x")],
      [4, (r) => r.f32("x")],
      [3, (r) => r.take("x", 3)],
    ];
    for (const [size, read] of reads) {
      const r = reader(new Uint8Array(size));
      read(r);
      expect(r.remaining).toBe(0);
      for (let cut = 0; cut < size; cut++) expect(() => read(reader(new Uint8Array(cut)))).toThrow(malformed(0));
    }
  });
});

describe("floats", () => {
  it("come back bit by bit", () => {
    fc.assert(
      fc.property(fc.float(), (value) => {
        expect(reader(written((w) => w.f32(value))).f32("x")).toBe(value);
      }),
      { seed: 6 },
    );
  });
});

describe("a uvarint", () => {
  it("comes back in as few bytes as it takes", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_U64 }), fc.integer({ min: 0, max: 63 }), (wide, shift) => {
        const value = wide >> BigInt(shift);
        const bytes = written((w) => w.uvarint(value));
        expect(bytes.length).toBe(Math.max(1, Math.ceil(value.toString(2).length / 7)));
        expect(reader(bytes).uvarint("x")).toBe(asInt64(value));
        if (value <= BigInt(Number.MAX_SAFE_INTEGER)) expect(written((w) => w.uvarint(Number(value)))).toEqual(bytes);
      }),
      { seed: 7, numRuns: 500 },
    );
    for (let bits = 0n; bits <= 64n; bits++) {
      for (const value of [2n ** bits - 1n, 2n ** bits].filter((one) => one <= MAX_U64)) {
        expect(reader(written((w) => w.uvarint(value))).uvarint("x")).toBe(asInt64(value));
      }
    }
  });

  it("in a longer form than it needs is refused", () => {
    for (let length = 2; length <= 10; length++) {
      const padded = [...Array(length - 1).fill(0x80), 0];
      expect(() => reader(padded).uvarint("x")).toThrow(malformed(0));
      padded[0] = 0xff;
      expect(() => reader(padded).uvarint("x")).toThrow(malformed(0));
    }
  });

  it("over 64 bits, over 10 bytes or without an end is refused", () => {
    const nine = Array(9).fill(0xff);
    expect(reader([...nine, 1]).uvarint("x")).toBe(MAX_U64);
    for (const bytes of [[...nine, 2], [...nine, 0x7f], [...nine, 0x81, 0], [...nine, 0xff, 1], [0x80], nine, []]) {
      expect(() => reader(bytes).uvarint("x")).toThrow(malformed(0));
    }
  });
});

describe("text", () => {
  it("comes back, whatever is in it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const bytes = written((w) => w.str(text));
        const r = reader(bytes);
        expect(r.str("x")).toBe(text);
        expect(r.remaining).toBe(0);
      }),
      { seed: 8 },
    );
    for (const text of ["", "\ufeffmark", "\0", "a".repeat(127), "é".repeat(64), "a".repeat(16_384), "😀"]) {
      expect(reader(written((w) => w.str(text))).str("x")).toBe(text);
    }
  });

  it("that is not UTF-8 is refused", () => {
    for (const bytes of [
      [0x80],
      [0xc3],
      [0xc0, 0xaf],
      [0xe2, 0x82],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xff],
    ]) {
      expect(() => reader([bytes.length, ...bytes]).str("x")).toThrow(malformed(1));
      expect(() => reader([bytes.length + 30, ...Array(30).fill(0x61), ...bytes]).str("x")).toThrow(malformed(1));
    }
  });

  it("longer than its bound or than what is there is refused", () => {
    expect(reader([2, 0x61, 0x61]).str("x", 2)).toBe("aa");
    expect(() => reader([3, 0x61, 0x61, 0x61]).str("x", 2)).toThrow(malformed(0));
    expect(() => reader([3, 0x61, 0x61]).str("x")).toThrow(malformed(1));
    expect(() => reader([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]).str("x")).toThrow(malformed(0));
  });
});

describe("a reader", () => {
  it("never leaves its range and tells its sink where everything stood", () => {
    const told: [string, FieldValue, number, number][] = [];
    const bytes = Uint8Array.of(9, 9, 5, 1, 0x61, 0x80, 0x01, 9);
    const r = new ByteReader(bytes, 2, 7, (found) => new Error(found), {
      open: (name, offset) => told.push([name, null, offset, 0]),
      field: (name, value, offset, length) => told.push([name, value, offset, length]),
      close: (offset) => told.push(["", null, offset, 0]),
    });
    r.open("group");
    expect([r.u8("number"), r.str("text"), r.uvarint("varint")]).toEqual([5, "a", 128]);
    r.close();
    expect(told).toEqual([
      ["group", null, 2, 0],
      ["number", 5, 2, 1],
      ["text", "a", 3, 2],
      ["varint", 128, 5, 2],
      ["", null, 7, 0],
    ]);
    expect(r.remaining).toBe(0);
    expect(() => r.u8("beyond")).toThrow("0 bytes left");
  });
});

describe("a writer", () => {
  it("grows to its bound and no further", () => {
    for (const maxBytes of [300, 1_000, 4_096]) {
      const w = new ByteWriter(maxBytes);
      w.bytes(new Uint8Array(maxBytes));
      expect(w.length).toBe(maxBytes);
      expect(() => w.u8(1)).toThrow(RangeError);
      expect(w.finish()).toEqual(new Uint8Array(maxBytes));
    }
  });

  it("goes on behind what it gave out", () => {
    const w = new ByteWriter(1_000);
    w.u8(1);
    const first = w.finish().slice();
    w.u8(2);
    expect([...first, ...w.finish()]).toEqual([1, 1, 2]);
  });
});
