import { expect, test } from "vitest";
import { loadCore, type Utf8Kind, utf8Kind } from "../../src/core/mod.ts";
import { between, randomBytes, seeded } from "./seeded.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function reference(bytes: Uint8Array): Utf8Kind {
  try {
    strict.decode(bytes);
  } catch {
    return "invalid";
  }
  return bytes.every((byte) => byte < 0x80) ? "ascii" : "utf8";
}

function expectSame(bytes: Uint8Array): void {
  const found = utf8Kind(bytes);
  const expected = reference(bytes);
  if (found !== expected) expect.fail(`${found} instead of ${expected}: ${Buffer.from(bytes).toString("hex")}`);
}

const CHARACTERS = [
  "a",
  "Z",
  "\0",
  "\x7f",
  "\x80",
  "é",
  "\u07ff",
  "\u0800",
  "日",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "😀",
  "\u{10ffff}",
];

test("every sequence of one and of two bytes", () => {
  for (let first = 0; first < 256; first++) {
    expectSame(Uint8Array.of(first));
    for (let second = 0; second < 256; second++) expectSame(Uint8Array.of(first, second));
  }
});

test("sequences of three and four bytes at every boundary of table 3-7", () => {
  const leads = [0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff];
  const follow = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
  for (const lead of leads) {
    for (const a of follow) {
      for (const b of follow) {
        expectSame(Uint8Array.of(lead, a, b));
        for (const c of follow) {
          expectSame(Uint8Array.of(lead, a, b, c));
          expectSame(Uint8Array.of(0x41, lead, a, b, c, 0x42));
        }
      }
    }
  }
});

test("random strings, and the same with bytes changed, cut and at every place of a vector", () => {
  const random = seeded(11);
  for (let round = 0; round < 4_000; round++) {
    let text = "";
    for (let i = between(random, 0, 40); i > 0; i--) {
      text += random() < 0.6 ? "plain ascii text ".slice(between(random, 0, 16)) : CHARACTERS[between(random, 0, 13)]!;
    }
    const bytes = new TextEncoder().encode(text);
    expectSame(bytes);
    expectSame(bytes.subarray(0, between(random, 0, bytes.length)));
    const mutated = bytes.slice();
    for (let i = between(random, 1, 3); i > 0 && mutated.length > 0; i--) {
      mutated[between(random, 0, mutated.length - 1)] = between(random, 0, 255);
    }
    expectSame(mutated);
  }
  for (let round = 0; round < 2_000; round++) expectSame(randomBytes(random, between(random, 0, 6)));
});

test("text that is longer than the copy window, with a character across every cut", () => {
  for (let shift = 0; shift < 5; shift++) {
    const text = "x".repeat(shift) + "😀日é".repeat(15_000);
    const bytes = new TextEncoder().encode(text);
    expect(utf8Kind(bytes)).toBe("utf8");
    bytes[bytes.length - 1] = 0xc3;
    expect(utf8Kind(bytes)).toBe("invalid");
  }
  const ascii = new Uint8Array(200_000).fill(0x61);
  expect(utf8Kind(ascii)).toBe("ascii");
  expectSame(new Uint8Array(40_000).fill(0x80));
  ascii[199_999] = 0xe2;
  expect(utf8Kind(ascii)).toBe("invalid");
});

test("the end of what is given is the end, whatever stands behind it in the memory", () => {
  const { input } = loadCore();
  input.set(new TextEncoder().encode("a😀😀"));
  expect(utf8Kind(input.subarray(0, 9))).toBe("utf8");
  for (const end of [2, 3, 4, 6, 7, 8]) expect(utf8Kind(input.subarray(0, end))).toBe("invalid");
});
