import fc from "fast-check";
import { expect, it } from "vitest";
import { csvLine } from "../../src/inspect/csv.ts";

/** A reader by the grammar of RFC 4180. */
function parse(line: string): string[] {
  const fields: string[] = [];
  for (let at = 0; at <= line.length; at++) {
    let field = "";
    if (line[at] === '"') {
      for (at++; ; at++) {
        if (line[at] !== '"') field += line[at];
        else if (line[at + 1] === '"') field += line[at++];
        else break;
      }
      at++;
    } else while (at < line.length && line[at] !== ",") field += line[at++];
    fields.push(field);
  }
  return fields;
}

it("a reader of CSV gets back every text that no spreadsheet takes for a formula", () => {
  const text = fc.string({ unit: fc.constantFrom(..."ab,\"'\n\r\t =-😀") }).filter((one) => !/^[=+\-@\t\r]/.test(one));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1 }), (texts) => {
      expect(parse(csvLine(texts))).toEqual(texts);
    }),
  );
});

it("no text begins as a formula does, quoted or not; numbers are left alone", () => {
  for (const start of ["=", "+", "-", "@", "\t", "\r"]) {
    expect(parse(csvLine([`${start}cmd|' /C calc'!A0`]))[0]).toBe(`'${start}cmd|' /C calc'!A0`);
  }
  expect(csvLine([-1, 2n ** 64n, null, 0.5])).toBe("-1,18446744073709551616,,0.5");
});
