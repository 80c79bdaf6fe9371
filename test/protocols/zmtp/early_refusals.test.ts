import { describe, expect, it } from "vitest";
import { LIMITS, octets, UnderAttack } from "./hostile_peer.ts";

/** A frame's head alone: its long form. */
const head = (flags: number, bytes: number): Uint8Array => {
  const octetsOfHead = new Uint8Array(9);
  octetsOfHead[0] = flags | 2;
  new DataView(octetsOfHead.buffer).setBigUint64(1, BigInt(bytes));
  return octetsOfHead;
};

/** Limits of a message below what its frames may have, and a command that fits a frame. */
const limits = { ...LIMITS, maxFrameBytes: 50_000, maxMessageBytes: 20_000, maxCommandBytes: 1_000 };

describe("a frame that can't be taken for its size is refused before it is held", () => {
  it.each([
    ["a message of one part", [head(0, 20_001)], "zmtp/message-too-large"],
    ["the last part of a message", [1, 5, "first", head(0, 19_996)], "zmtp/message-too-large"],
    ["a command", [head(4, 1_001)], "zmtp/command-too-large"],
    ["a command between two parts", [1, 5, "first", head(4, 1_001)], "zmtp/command-too-large"],
  ])("%s", (_name, parts, code) => {
    for (const chunkBytes of [1, 4, 1 << 20]) {
      const attacked = UnderAttack.ready({ limits }).take(octets(...parts), chunkBytes);
      expect(attacked.failure).toBe(code);
      expect(attacked.session.heldBytes).toBe(0);
    }
  });

  it.each([
    ["a message", [head(0, 20_000), new Uint8Array(20_000)]],
    ["a last part", [1, 5, "first", head(0, 19_995), new Uint8Array(19_995)]],
    ["a command between two parts", [1, 1, "a", head(4, 1_000), 3, "XYZ", new Uint8Array(996), 0, 1, "b"]],
    ["an end of a message behind which a large part begins", [1, 5, "first", 0, 1, "b", head(1, 20_000)]],
  ])("and %s of just the limit is taken", (_name, parts) => {
    for (const chunkBytes of [7, 1 << 20]) {
      const attacked = UnderAttack.ready({ limits }).take(octets(...parts), chunkBytes);
      expect(attacked.failure).toBe("0 failures");
      expect(attacked.messages).toHaveLength(1);
    }
  });

  it("says the same of it as if it had come whole", () => {
    const whole = UnderAttack.ready({ limits }).take(octets(1, 5, "first", head(0, 19_996), new Uint8Array(19_996)));
    const early = UnderAttack.ready({ limits }).take(octets(1, 5, "first", head(0, 19_996)));
    expect(early.events.at(-1)).toEqual(whole.events.at(-1));
  });
});

it("a session that has little to say holds little room for it", () => {
  const before = process.memoryUsage().arrayBuffers;
  const idle = Array.from({ length: 200 }, () => UnderAttack.ready());
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(idle.length * 8_192);
});
