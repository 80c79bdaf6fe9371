import { describe, expect, it } from "vitest";
import { LegacyFrames } from "../../../src/protocols/zmtp/legacy_frames.ts";
import { hex, unhex } from "../../hex.ts";
import { codeOf, counting } from "./curve_pair.ts";

/** Frames as `flags:body`, `2` for one that is too large; chunks of `chunkBytes`. */
function cut(stream: Uint8Array, chunkBytes: number, frames: LegacyFrames = new LegacyFrames(1_000, false)): string[] {
  const found: string[] = [];
  for (let at = 0; at < stream.length; at += chunkBytes) {
    frames.push(stream.slice(at, at + chunkBytes));
    for (let status = frames.next(); status !== 0; status = frames.next()) {
      found.push(status === 1 ? `${frames.offset} ${frames.flags}:${hex(frames.body)}` : "2");
      if (status === 2) return found;
    }
  }
  return found;
}

/** zmtp §1.14: identity, "hi", a first part, a long form. */
const STREAM = unhex("01 00  03 00 6869  02 01 aa  ff 0000000000000004 00 616263  01 00");
const FRAMES = ["0 0:", "2 0:6869", "6 1:aa", "9 0:616263", "22 0:"];

describe("the frames of ZMTP 1.0", () => {
  it.each(Array.from({ length: STREAM.length }, (_, i) => i + 1))("come out of chunks of %i octets", (chunkBytes) => {
    expect(cut(STREAM, chunkBytes)).toEqual(FRAMES);
  });

  it("come out of two chunks, wherever they meet", () => {
    for (let at = 0; at <= STREAM.length; at++) {
      const frames = new LegacyFrames(1_000, false);
      const found: string[] = [];
      for (const chunk of [STREAM.slice(0, at), STREAM.slice(at)]) {
        frames.push(chunk);
        while (frames.next() === 1) found.push(`${frames.offset} ${frames.flags}:${hex(frames.body)}`);
      }
      expect(found, `at ${at}`).toEqual(FRAMES);
      expect(frames.carriedBytes).toBe(0);
    }
  });

  it("are views on the chunk when they came in one", () => {
    const chunk = STREAM.slice();
    const frames = new LegacyFrames(1_000, false);
    frames.push(chunk);
    frames.next();
    frames.next();
    expect(frames.body.buffer).toBe(chunk.buffer);
  });

  it("know MORE and no other flag", () => {
    expect(cut(unhex("02 ff aa 02 fe bb"), 6)).toEqual(["0 1:aa", "3 0:bb"]);
  });

  it("may be as large as the limit says, and no octet more", () => {
    const body = counting(300, 1);
    const stream = Uint8Array.from([0xff, 0, 0, 0, 0, 0, 0, 1, 45, 0, ...body]);
    for (const chunkBytes of [1, 7, 400]) {
      expect(cut(stream, chunkBytes, new LegacyFrames(300, false))).toEqual([`0 0:${hex(body)}`]);
      expect(cut(stream, chunkBytes, new LegacyFrames(299, false))).toEqual(["2"]);
    }
  });

  it.each(["ff 8000000000000000 00", "ff ffffffffffffffff 00", "ff 0000000100000002 00"])(
    "are refused by their head when it says %s",
    (head) => {
      const frames = new LegacyFrames(1 << 30, false);
      expect(cut(unhex(head), 3, frames)).toEqual(["2"]);
      expect(frames.carriedBytes).toBeLessThan(16);
      expect(frames.next()).toBe(2);
    },
  );

  it("set no room aside for what is only declared", () => {
    const frames = new LegacyFrames(2 ** 40, false);
    frames.push(unhex("ff 0000000fffffffff 00 0102"));
    expect(frames.next()).toBe(0);
    expect(frames.carriedBytes).toBe(12);
    expect(frames.declaredBytes).toBe(2 ** 36 - 2);
  });

  it.each(["00", "00 00", "ff 0000000000000000 00"])("have no length of 0 (%s)", (head) => {
    expect(codeOf(() => cut(unhex(`01 00 ${head} 00 00`), 100))).toBe("zmtp/bad-length");
    expect(codeOf(() => cut(unhex(`01 00 ${head} 00 00`), 1))).toBe("zmtp/bad-length");
  });

  it("have a subscription to everything behind the identity, for publishers", () => {
    for (const chunkBytes of [1, 3, 100]) {
      const found = cut(STREAM, chunkBytes, new LegacyFrames(1_000, true)).map((one) => one.split(" ")[1]);
      expect(found).toEqual(["0:", "0:01", "0:6869", "1:aa", "0:616263", "0:"]);
    }
  });
});
