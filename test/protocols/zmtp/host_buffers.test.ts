import { describe, expect, it } from "vitest";
import type { Wire } from "../../../src/protocols/zmtp/session_types.ts";
import { optionsOf, outputOf, SessionPair, unhex } from "./session_pair.ts";

const isPlain = (bytes: Uint8Array): boolean => Object.getPrototypeOf(bytes) === Uint8Array.prototype;

describe("chunks of a class of the host", () => {
  it.each<[Wire, string[]]>([
    ["stream", ["0103 616263", "0003 646566"]],
    ["ZWS2.0/NULL", ["01 616263", "00 646566"]],
    ["ZWS2.0", ["01 616263", "00 646566"]],
  ])("on %s give plain parts, without a copy where they came whole", (wire, frames) => {
    const pair = new SessionPair(optionsOf({ socketType: "PUSH", wire }), optionsOf({ socketType: "PULL", wire }));
    pair.settle(Number.POSITIVE_INFINITY, true);
    const last = Buffer.from(unhex(frames[1]!));
    pair.right.receive(Buffer.from(unhex(frames[0]!)), 0);
    pair.right.receive(last, 0);
    const [message] = pair.right.takeMessages(2);
    expect(message!.map((part) => [...part])).toEqual([[...unhex("616263")], [...unhex("646566")]]);
    expect(message!.every(isPlain)).toBe(true);
    expect(message![1]!.buffer).toBe(last.buffer);
    expect(isPlain(pair.right.peer!.identity)).toBe(true);
    expect(outputOf(pair.right)).toHaveLength(0);
  });

  it("a part that waits for the rest of its message is a copy of its own, not the host's slab", () => {
    const pair = new SessionPair(optionsOf({ socketType: "PUSH" }), optionsOf({ socketType: "PULL" })).settle();
    const slab = Buffer.alloc(65_536);
    slab.set(unhex("0101 61"));
    pair.right.receive(slab.subarray(0, 3), 0);
    pair.right.receive(unhex("0001 62"), 0);
    expect(pair.right.takeMessages(1)[0]![0]!.buffer).not.toBe(slab.buffer);
  });
});
