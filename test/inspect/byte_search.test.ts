import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SearchStep, searchCapture } from "../../src/inspect/byte_search.ts";
import { type NeedleText, parseNeedle } from "../../src/inspect/needle.ts";
import type { CaptureSource } from "../../src/ports/capture_source.ts";

const STEP_BYTES = 1_048_576;

function sourceOf(bytes: Uint8Array): CaptureSource & { readBytes: number } {
  return {
    name: "test",
    bytes: bytes.length,
    readBytes: 0,
    read(offset, count) {
      this.readBytes += count;
      return Promise.resolve(bytes.slice(offset, offset + count));
    },
  };
}

async function find(bytes: Uint8Array, needle: NeedleText, from = 0): Promise<(SearchStep & { type: "match" })[]> {
  const found: (SearchStep & { type: "match" })[] = [];
  for await (const step of searchCapture(sourceOf(bytes), parseNeedle(needle), from)) {
    if (step.type === "match") found.push(step);
  }
  return found;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const offsets = (found: readonly { readonly offset: number }[]): number[] => found.map(({ offset }) => offset);

describe("searchCapture", () => {
  it("finds bytes with digits that may be any, overlapping ones too", async () => {
    const bytes = Uint8Array.of(0xde, 0xad, 0x00, 0xb7, 0xde, 0xad, 0xff, 0xb0, 0xde, 0xad, 0xff, 0xc0);
    expect(offsets(await find(bytes, { kind: "hex", text: "dead ?? b?" }))).toEqual([0, 4]);
    expect(offsets(await find(text("aaaa"), { kind: "hex", text: "61:61" }))).toEqual([0, 1, 2]);
    expect(offsets(await find(bytes, { kind: "hex", text: "?? ad" }))).toEqual([0, 4, 8]);
    expect(offsets(await find(bytes, { kind: "hex", text: "?? ad" }, 1))).toEqual([4, 8]);
  });

  it("finds text, with its case or without", async () => {
    const bytes = text("Postgres postgres POSTGRES äÄ @`");
    expect(offsets(await find(bytes, { kind: "text", text: "postgres", ignoresCase: false }))).toEqual([9]);
    expect(offsets(await find(bytes, { kind: "text", text: "PostGres", ignoresCase: true }))).toEqual([0, 9, 18]);
    // Neither letters beyond ASCII nor signs that differ by that bit are folded.
    expect(await find(bytes, { kind: "text", text: "Ä", ignoresCase: true })).toHaveLength(1);
    expect(await find(bytes, { kind: "text", text: "`", ignoresCase: true })).toHaveLength(1);
  });

  it("finds numbers in every form that holds them, and says which", async () => {
    const view = new DataView(new Uint8Array(32).fill(0xee).buffer);
    view.setUint32(0, 4_096, true);
    view.setUint32(4, 4_096, false);
    view.setFloat64(9, 4_096, true);
    view.setBigUint64(20, 2n ** 53n + 1n, false);
    const bytes = new Uint8Array(view.buffer);
    const found = await find(bytes, { kind: "number", text: "4096" });
    expect(found.map(({ offset, title }) => [offset, title])).toEqual([
      [0, "u32, little endian"],
      [4, "u32, big endian"],
      [9, "f64, little endian"],
    ]);
    expect(offsets(await find(bytes, { kind: "number", text: "0x20000000000001" }))).toEqual([20]);
    expect(offsets(await find(Uint8Array.of(1, 255, 2), { kind: "number", text: "-1", form: "i8" }))).toEqual([1]);
  });

  it("finds what lies across the border of two steps, once", async () => {
    for (const at of [STEP_BYTES - 3, STEP_BYTES - 1, STEP_BYTES, 2 * STEP_BYTES - 2]) {
      const bytes = new Uint8Array(2 * STEP_BYTES + 100);
      bytes.set(text("needle"), at);
      expect(offsets(await find(bytes, { kind: "text", text: "needle", ignoresCase: true }))).toEqual([at]);
    }
  });

  it("tells how far it is, and reads no further when its caller has enough", async () => {
    const bytes = new Uint8Array(5 * STEP_BYTES);
    const source = sourceOf(bytes);
    const seen: number[] = [];
    for await (const step of searchCapture(source, parseNeedle({ kind: "hex", text: "01" }))) {
      if (step.type === "progress") seen.push(step.offset);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([STEP_BYTES, 2 * STEP_BYTES]);
    expect(source.readBytes).toBe(2 * STEP_BYTES);
  });

  it("finds what a plain search finds", async () => {
    const bytesOf = fc.uint8Array({ minLength: 0, maxLength: 60, max: 3 });
    await fc.assert(
      fc.asyncProperty(bytesOf, fc.uint8Array({ minLength: 1, maxLength: 4, max: 3 }), async (bytes, needle) => {
        const expected: number[] = [];
        for (let at = 0; at + needle.length <= bytes.length; at++) {
          if (needle.every((byte, i) => bytes[at + i] === byte)) expected.push(at);
        }
        const hex = [...needle].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
        expect(offsets(await find(bytes, { kind: "hex", text: hex }))).toEqual(expected);
      }),
    );
  });

  it.each<[NeedleText, number | undefined, string]>([
    [{ kind: "hex", text: "de a" }, 4, "half a byte"],
    [{ kind: "hex", text: "dexx" }, 2, '"x"'],
    [{ kind: "hex", text: "??" }, 0, "only ?"],
    [{ kind: "hex", text: " " }, 0, "nothing"],
    [{ kind: "text", text: "x".repeat(5_000), ignoresCase: false }, 0, "5000 bytes"],
    [{ kind: "number", text: "12a" }, 0, '"12a"'],
    [{ kind: "number", text: "300", form: "u8" }, 0, "300"],
    [{ kind: "number", text: "-1", form: "u64" }, 0, "-1"],
    [{ kind: "number", text: "1.5", form: "u32" }, 0, "1.5"],
  ])("refuses %o and points", (needle, offset, found) => {
    expect(() => parseNeedle(needle)).toThrowError(
      expect.objectContaining({ code: "inspect/needle-malformed", offset, found }),
    );
  });
});
