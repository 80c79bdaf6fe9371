import { describe, expect, it } from "vitest";
import { jsonLine } from "../../src/inspect/json_line.ts";
import type { RowValue } from "../../src/protocols/definition.ts";
import { VECTORS } from "./vectors.ts";

describe("jsonLine", () => {
  it("writes what JSON.stringify writes, where that can", () => {
    for (const { rows } of VECTORS.filter(({ bytes }) => bytes.length < 10_000)) {
      for (const row of rows) expect(jsonLine(row as unknown as RowValue)).toBe(JSON.stringify(row));
    }
    const value = { a: [], b: {}, c: null, d: [true, false, 1e21, 1e-7, 5e-324, '\u0000"\\\n\ud800', ["x", {}]] };
    expect(jsonLine(value)).toBe(JSON.stringify(value));
  });

  it("writes integers exactly, and keeps the sign of zero", () => {
    expect(jsonLine([2n ** 64n - 1n, -(2n ** 63n), 0n, -0, 0])).toBe(
      "[18446744073709551615,-9223372036854775808,0,-0,0]",
    );
    expect(Object.is(JSON.parse(jsonLine(-0)), -0)).toBe(true);
  });

  it("escapes what moves a terminal, and means the same", () => {
    const text = "\u009b31m\u007f\u202eabc\u2028\u2066é監";
    expect(jsonLine(text)).toBe('"\\u009b31m\\u007f\\u202eabc\\u2028\\u2066é監"');
    expect(JSON.parse(jsonLine({ [text]: text }))).toEqual({ [text]: text });
  });

  it("refuses what JSON doesn't have", () => {
    expect(() => jsonLine(Number.NaN)).toThrow(RangeError);
    expect(() => jsonLine(Number.POSITIVE_INFINITY)).toThrow(RangeError);
    let deep: RowValue = 1;
    for (let i = 0; i < 40; i++) deep = [deep];
    expect(() => jsonLine(deep)).toThrow(RangeError);
  });
});
