import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeMessage } from "../../../src/protocols/zmtp/encode_message.ts";
import { FrameWriter } from "../../../src/protocols/zmtp/frame_writer.ts";
import { SharedFrames } from "../../../src/protocols/zmtp/shared_frames.ts";
import { hex, joined, optionsOf, SessionPair } from "./session_pair.ts";

const part = (length: number, first = 1): Uint8Array => Uint8Array.from({ length }, (_, i) => (i + first) & 0xff);
const encoded = (message: readonly Uint8Array[]): Uint8Array => joined(encodeMessage(message, "zmtp").chunks);

/** Adds so many messages of 300 octets and gives them to all writers. */
function flood(frames: SharedFrames, writers: readonly FrameWriter[], messages: number): Uint8Array {
  const expected: Uint8Array[] = [];
  for (let i = 0; i < messages; i++) {
    const message = [part(300, i)];
    expect(frames.add(message)).toBe(true);
    for (const writer of writers) writer.shared(frames);
    expected.push(encoded(message));
  }
  return joined(expected);
}

describe("SharedFrames", () => {
  it("has the bytes of each message, short and long, of one part and of many", () => {
    const frames = new SharedFrames();
    for (const message of [
      [part(0)],
      [part(40)],
      [part(41)],
      [part(255)],
      [part(256)],
      [part(3), part(0), part(300)],
    ]) {
      expect(frames.add(message)).toBe(true);
      expect(hex(frames.chunk.subarray(frames.from, frames.end))).toBe(hex(encoded(message)));
    }
  });

  it("leaves large messages alone, by what all of their parts have", () => {
    const frames = new SharedFrames();
    expect(frames.add([part(16_384 - 9)])).toBe(true);
    expect(frames.add([part(16_384 - 8)])).toBe(false);
    expect(frames.add([part(8_192), part(8_192)])).toBe(false);
    expect(frames.end - frames.from).toBe(16_384);
  });

  it("never writes to what it gave away", () => {
    const frames = new SharedFrames();
    const writer = new FrameWriter("zmtp");
    const expected = [flood(frames, [writer], 700), flood(frames, [], 700)];
    expect(hex(joined(writer.take()))).toBe(hex(expected[0]!));
  });
});

describe("FrameWriter.shared", () => {
  it("refers to the same memory in every writer, in few pieces", () => {
    const frames = new SharedFrames();
    const writers = [new FrameWriter("zmtp"), new FrameWriter("zmtp")];
    const expected = flood(frames, writers, 1_000);
    const [one, other] = writers.map((writer) => writer.take());
    expect(one!.length).toBe(3);
    expect(hex(joined(one!))).toBe(hex(expected));
    // The last stretch is short of what is worth sharing: each has its own.
    expect(one!.map(({ buffer }, i) => buffer === other![i]!.buffer)).toEqual([true, true, one![2]!.length >= 32_768]);
  });

  it("copies a stretch that would keep much more memory than it has", () => {
    const frames = new SharedFrames();
    const writer = new FrameWriter("zmtp");
    const expected = flood(frames, [writer], 3);
    const [piece] = writer.take();
    expect(hex(piece!)).toBe(hex(expected));
    expect(piece!.buffer).not.toBe(frames.chunk.buffer);
  });

  it("keeps the order, and counts the octets, whatever comes between", () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ how: fc.constant("shared" as const), bytes: fc.nat(9_000) }) },
      { weight: 2, arbitrary: fc.record({ how: fc.constant("own" as const), bytes: fc.nat(20_000) }) },
      { weight: 1, arbitrary: fc.record({ how: fc.constant("encoded" as const), bytes: fc.nat(20_000) }) },
      { weight: 1, arbitrary: fc.record({ how: fc.constant("others" as const), bytes: fc.nat(9_000) }) },
      { weight: 1, arbitrary: fc.record({ how: fc.constant("take" as const), bytes: fc.constant(0) }) },
    );
    const steps = fc.array(step, { maxLength: 60 });
    fc.assert(
      fc.property(steps, (all) => {
        const frames = new SharedFrames();
        const writer = new FrameWriter("zmtp");
        const expected: Uint8Array[] = [];
        const written: Uint8Array[] = [];
        let bytes = 0;
        all.forEach(({ how, bytes: length }, i) => {
          const body = part(length, i);
          if (how === "take") written.push(...writer.take());
          else if (how === "own") writer.frame(body, false);
          else if (how === "encoded") writer.encoded(encodeMessage([body], "zmtp"));
          else {
            frames.add([body]);
            if (how === "shared") writer.shared(frames);
          }
          if (how === "take") bytes = 0;
          else if (how !== "others") {
            expected.push(encoded([body]));
            bytes += expected.at(-1)!.length;
          }
          expect(writer.bytes).toBe(bytes);
        });
        written.push(...writer.take());
        expect(Buffer.compare(joined(written), joined(expected))).toBe(0);
      }),
      { numRuns: 200, seed: 20_261 },
    );
  });
});

describe("ZmtpSession.sendShared", () => {
  it("sends what others send, too, and refuses it where the bytes would be others", () => {
    const frames = new SharedFrames();
    frames.add([part(3), part(300)]);
    const options = [optionsOf({ socketType: "PUSH" }), optionsOf({ socketType: "PULL" })] as const;
    const pair = new SessionPair(...options);
    expect(() => pair.left.sendShared(frames)).toThrow("other-framing");
    pair.settle();
    pair.left.sendShared(frames);
    pair.settle();
    expect(pair.right.takeMessages(9)).toEqual([[part(3), part(300)]]);
    const wire = "ZWS2.0/NULL";
    const web = new SessionPair({ ...options[0], wire }, { ...options[1], wire }).settle(0, true);
    expect(() => web.left.sendShared(frames)).toThrow("other-framing");
  });
});
