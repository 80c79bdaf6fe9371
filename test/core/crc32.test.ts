import { describe, expect, test } from "vitest";
import { crc32, loadCore } from "../../src/core/mod.ts";
import { crc32Reference } from "./crc32_reference.ts";
import { between, randomBytes, seeded } from "./seeded.ts";

/** CRC-32's polynomial as it is written, with its x^32. */
const POLYNOMIAL = 0x1_04c1_1db7n;

/** A product of two remainders in GF(2)[x] mod P. */
function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  for (let bit = 0n; bit < 32n; bit++) if ((b >> bit) & 1n) product ^= a << bit;
  for (let bit = 63n; bit >= 32n; bit--) if ((product >> bit) & 1n) product ^= POLYNOMIAL << (bit - 32n);
  return product;
}

function power(base: bigint, exponent: number): bigint {
  let result = 1n;
  for (let i = 0; i < exponent; i++) result = multiply(result, base);
  return result;
}

describe("the sparse multiple that the folds rest on", () => {
  test.each([1, 2, 8, 16, 128])("y^300 + y^155 + y^117 + y^89 + 1 = 0 (mod P) for y = x^%i", (bits) => {
    const y = power(2n, bits);
    expect(power(y, 300) ^ power(y, 155) ^ power(y, 117) ^ power(y, 89) ^ 1n).toBe(0n);
  });

  test("does not hold for a power that is not one of two", () => {
    const y = power(2n, 3);
    expect(power(y, 300) ^ power(y, 155) ^ power(y, 117) ^ power(y, 89) ^ 1n).not.toBe(0n);
  });
});

describe("crc32", () => {
  test("gives the check value", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });

  test("of nothing is the seed", () => {
    expect(crc32(new Uint8Array(0))).toBe(0);
    expect(crc32(new Uint8Array(0), 0xdeadbeef)).toBe(0xdeadbeef);
  });

  test("equals the reference at every length to 2,000 and every alignment, in the core's memory", () => {
    const { input, crc32 } = { input: loadCore().input, crc32: (bytes: Uint8Array) => loadCore().crc32(bytes) };
    input.set(randomBytes(seeded(1), 2_100));
    for (let alignment = 0; alignment < 16; alignment++) {
      let register = 0;
      for (let length = 0; length <= 2_000; length++) {
        if (length > 0) register = crc32Reference(input.subarray(alignment + length - 1, alignment + length), register);
        if (crc32(input.subarray(alignment, alignment + length)) !== register) {
          expect.fail(`length ${length} at alignment ${alignment}`);
        }
      }
    }
  });

  test("takes a seed at every length to 2,000", () => {
    const bytes = randomBytes(seeded(2), 2_000);
    for (let length = 0; length <= 2_000; length++) {
      const seed = Math.imul(length, 0x9e3779b1) >>> 0;
      const part = bytes.subarray(0, length);
      if (crc32(part, seed) !== crc32Reference(part, seed)) expect.fail(`length ${length}`);
    }
  });

  test("equals the reference on long input, whole and in splits, from outside and in place", () => {
    const random = seeded(3);
    for (let round = 0; round < 60; round++) {
      const bytes = randomBytes(random, between(random, 2_000, 60_000));
      const seed = between(random, 0, 0xffff_ffff);
      const expected = crc32Reference(bytes, seed);
      expect(crc32(bytes, seed)).toBe(expected);
      const at = between(random, 0, 1_000);
      loadCore().input.set(bytes, at);
      expect(crc32(loadCore().input.subarray(at, at + bytes.length), seed)).toBe(expected);
      let pieces = seed;
      for (let from = 0; from < bytes.length; ) {
        const to = Math.min(bytes.length, from + between(random, 1, 9_000));
        pieces = crc32(bytes.subarray(from, to), pieces);
        from = to;
      }
      expect(pieces).toBe(expected);
    }
  });

  test("reads to the last byte of the memory", () => {
    const { input } = loadCore();
    input.set(randomBytes(seeded(4), 5_000), input.length - 5_000);
    for (const length of [1, 16, 79, 80, 81, 511, 512, 513, 5_000]) {
      const bytes = input.subarray(input.length - length);
      expect(crc32(bytes)).toBe(crc32Reference(bytes));
    }
  });

  test("does not write to the caller's region", () => {
    const { input } = loadCore();
    const bytes = randomBytes(seeded(5), input.length);
    input.set(bytes);
    crc32(input);
    crc32(bytes);
    expect(Buffer.compare(input, bytes)).toBe(0);
  });
});
