import { describe, expect, it } from "vitest";
import { comparable, readCapture, rowsOf } from "./read_capture.ts";
import { numbersFrom } from "./seeded_numbers.ts";
import { VECTORS } from "./vectors.ts";

/** Every place of a cut is tried in vectors up to this size. */
const EVERY_SPLIT_BYTES = 4_096;
const RANDOM_CHUNKINGS = 40;

describe("vectors", () => {
  it.each(VECTORS)("$name gives its rows", ({ bytes, rows }) => {
    expect(rowsOf(readCapture(bytes))).toEqual(rows);
  });

  it.each(VECTORS.filter(({ bytes }) => bytes.length <= EVERY_SPLIT_BYTES))(
    "$name gives the same at every two-way split",
    ({ bytes }) => {
      const whole = comparable(readCapture(bytes));
      for (let at = 0; at <= bytes.length; at++) {
        expect(comparable(readCapture(bytes, [at])), `cut at ${at}`).toEqual(whole);
      }
    },
  );

  it.each(VECTORS)("$name gives the same in random chunks", ({ bytes, rows }) => {
    const numbers = numbersFrom(bytes.length);
    for (let i = 0; i < (bytes.length > 100_000 ? 4 : RANDOM_CHUNKINGS); i++) {
      const cuts = numbers.sorted(1 + numbers.below(12), bytes.length);
      expect(rowsOf(readCapture(bytes, cuts)), `cuts ${cuts}`).toEqual(rows);
    }
  });

  it("gives the same byte by byte", () => {
    for (const { bytes, rows, name } of VECTORS.filter(({ bytes }) => bytes.length < 8_000)) {
      expect(rowsOf(readCapture(bytes, [...bytes.keys()])), name).toEqual(rows);
    }
  });
});
