import { describe, expect, it } from "vitest";
import type { LegacyLocal, LegacyPeer } from "../../../src/protocols/zmtp/legacy.ts";
import { legacyVersions } from "../../../src/protocols/zmtp/legacy_versions.ts";
import { hex, unhex } from "../../hex.ts";
import { codeOf, counting } from "./curve_pair.ts";

const DEALER: LegacyLocal = { socketType: "DEALER", identity: new Uint8Array(), maxBodyBytes: 1_000 };
const SIGNATURE = "ff 0000000000000001 7f";

function opened(seen: string, sentBytes: number, local: LegacyLocal = DEALER): LegacyPeer {
  const peer = legacyVersions.open(unhex(seen), sentBytes, local);
  if (peer === undefined) throw new Error("octets are missing");
  return peer;
}

/** The frames behind the greeting, as a session would push them. */
function framesOf(peer: LegacyPeer, seen: string): string[] {
  const found: string[] = [];
  peer.frames.push(unhex(seen).subarray(peer.greetingBytes));
  while (peer.frames.next() === 1) found.push(`${peer.frames.flags}:${hex(peer.frames.body)}`);
  return found;
}

describe("a peer of 2.0", () => {
  // zmtp §1.14: to revision 1 libzmq's DEALER answers FF 0000000000000001 7F 03 05 00 00, then 00 02 68 69.
  const seen = `${SIGNATURE} 01 06 00 03 616263 00 02 6869 01 00 02 0000000000000001 78`;

  it("is answered as libzmq answers it", () => {
    expect(hex(opened(seen, 10).output)).toBe("03050000");
    expect(hex(opened(seen, 11).output)).toBe("050000");
    expect(hex(opened(seen, 11, { ...DEALER, identity: unhex("aabb") }).output)).toBe("050002aabb");
  });

  it("says its type, and frames as 3.x does", () => {
    const peer = opened(seen, 11);
    expect(peer).toMatchObject({ major: 2, socketType: "ROUTER", framing: "zmtp", greetingBytes: 12 });
    expect(framesOf(peer, seen)).toEqual(["0:616263", "0:6869", "1:", "0:78"]);
  });

  it("may say revision 2 (RFC 37)", () => {
    expect(opened(`${SIGNATURE} 02 05`, 11)).toMatchObject({ major: 2, socketType: "DEALER" });
  });

  it.each([
    ["PAIR", 0],
    ["PUB", 1],
    ["SUB", 2],
    ["REQ", 3],
    ["REP", 4],
    ["DEALER", 5],
    ["ROUTER", 6],
    ["PULL", 7],
    ["PUSH", 8],
    ["XPUB", 9],
    ["XSUB", 10],
  ] as const)("says %s with octet %i, and hears it so", (socketType, octet) => {
    const greeting = `${SIGNATURE} 01 ${octet.toString(16).padStart(2, "0")}`;
    const peer = opened(greeting, 11, { ...DEALER, socketType });
    expect(peer.socketType).toBe(socketType);
    expect(peer.output[0]).toBe(octet);
  });

  it("is refused with a type that nobody knows", () => {
    expect(codeOf(() => opened(`${SIGNATURE} 01 0b`, 11))).toBe("zmtp/unknown-socket-type");
  });
});

describe("a peer of 1.0 that says so", () => {
  const seen = `${SIGNATURE} 00 05 04 00 616263 03 00 6869`;

  it("gets its greeting and 1.0 frames", () => {
    const peer = opened(seen, 10, { ...DEALER, identity: unhex("aabb") });
    expect(peer).toMatchObject({ major: 1, socketType: "DEALER", framing: "zmtp1", greetingBytes: 12 });
    expect(hex(peer.output)).toBe("03050300aabb");
    expect(framesOf(peer, seen)).toEqual(["0:616263", "0:6869"]);
  });

  it.each([
    [253, "fe00"],
    [254, "ff00000000000000ff00"],
    [255, "ff000000000000010000"],
  ])("gets an identity of %i octets behind %s", (length, head) => {
    const { output } = opened(seen, 11, { ...DEALER, identity: counting(length, 1) });
    expect(hex(output)).toBe(`05${head}${hex(counting(length, 1))}`);
  });
});

describe("a peer of 1.0 without a version", () => {
  it("is known by its first octet, and gets the rest of our identity frame", () => {
    const seen = "04 00 616263 03 00 6869";
    const peer = opened(seen, 10, { ...DEALER, identity: unhex("aabb") });
    expect(peer).toMatchObject({ major: 1, socketType: undefined, framing: "zmtp1", greetingBytes: 0 });
    expect(hex(peer.output)).toBe("aabb");
    expect(framesOf(peer, seen)).toEqual(["0:616263", "0:6869"]);
  });

  it("is known by its tenth octet when its identity has a long head", () => {
    const seen = `ff 0000000000000100 00 ${hex(counting(255, 1))} 02 00 78`;
    const peer = opened(seen, 10);
    expect(peer).toMatchObject({ major: 1, greetingBytes: 0 });
    expect(framesOf(peer, seen)).toEqual([`0:${hex(counting(255, 1))}`, "0:78"]);
  });

  it.each(["PUB", "XPUB"] as const)("subscribes a %s to everything: it does not say its topics", (socketType) => {
    expect(framesOf(opened("01 00", 10, { ...DEALER, socketType }), "01 00 02 00 78")).toEqual(["0:", "0:01", "0:78"]);
  });
});

it("waits for octets that are missing", () => {
  for (const seen of ["", "ff", SIGNATURE.slice(0, -3), SIGNATURE, `${SIGNATURE} 01`, `${SIGNATURE} 00`]) {
    expect(legacyVersions.open(unhex(seen), 10, DEALER), seen).toBeUndefined();
  }
});
