import fc from "fast-check";
import { expect, it } from "vitest";
import { z85Decode, z85Encode } from "../../src/sockets/z85.ts";
import { hex, unhex } from "../hex.ts";

/** RFC 32 and the CURVE test keys of zmq_curve(7). */
const PAIRS: [hex: string, text: string][] = [
  ["", ""],
  ["864fd26fb559f75b", "HelloWorld"],
  ["8e0bdd697628b91d8f245587ee95c5b04d48963f79259877b49cd9063aead3b7", "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"],
  ["00000000", "00000"],
  ["ffffffff", "%nSc0"],
];

it.each(PAIRS)("%s is %s", (bytes, text) => {
  expect(z85Encode(unhex(bytes))).toBe(text);
  expect(hex(z85Decode(text))).toBe(bytes);
});

it("gives back every text of bytes", () => {
  const words = fc.uint8Array({ maxLength: 64 }).filter((bytes) => bytes.length % 4 === 0);
  fc.assert(
    fc.property(words, (bytes) => {
      expect(z85Decode(z85Encode(bytes))).toEqual(bytes);
    }),
  );
});

it.each([
  ["HelloWorl", "z85/wrong-size: found 9 characters, expected a multiple of 5 characters"],
  [
    "Hello orld",
    "z85/unknown-character at byte 5: found a character that is not Z85, expected one of the 85 of RFC 32",
  ],
  ["%nSc1", "z85/overflow at byte 0: found a group over 32 bits, expected at most %nSc0"],
  ["00000#####", "z85/overflow at byte 5: found a group over 32 bits, expected at most %nSc0"],
])("refuses %s", (text, message) => {
  expect(() => z85Decode(text)).toThrow(message);
});

it("refuses a number of bytes that has no text", () => {
  expect(() => z85Encode(new Uint8Array(31))).toThrow("z85/wrong-size: found 31 bytes");
});
