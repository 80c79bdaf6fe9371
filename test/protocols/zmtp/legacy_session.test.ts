import { describe, expect, it } from "vitest";
import { curveServer } from "../../../src/protocols/zmtp/curve_security.ts";
import { legacyVersions } from "../../../src/protocols/zmtp/legacy_versions.ts";
import type { ZmtpSessionOptions } from "../../../src/protocols/zmtp/session_types.ts";
import { nobleCurve } from "../../../src/sockets/noble_curve.ts";
import { hex } from "../../hex.ts";
import { SERVER_SECRET } from "./curve_pair.ts";
import { type Octets, octets, UnderAttack } from "./hostile_peer.ts";

const SIGNATURE = "0xff00000000000000017f";
const PEER_2: Octets = [SIGNATURE, 1, 5, 0, 3, "abc"];
const PEER_1: Octets = [4, 0, "abc"];

function session(overrides: Partial<ZmtpSessionOptions> = {}): UnderAttack {
  return new UnderAttack({ legacy: legacyVersions, ...overrides });
}

/** zmtp §1.14, as captured from libzmq's DEALER: signature, 03, its type, its identity, then "hi". */
describe.each([1, 3, 100])("in chunks of %i, a session that takes old peers", (chunkBytes) => {
  it("answers 2.0 with libzmq's bytes, and talks", () => {
    const one = session().take(octets(PEER_2, 1, 1, "a", 0, 1, "b"), chunkBytes);
    expect(one.events).toMatchObject([
      { type: "ready", peer: { major: 2, minor: 0, socketType: "DEALER", identity: octets("abc") } },
    ]);
    expect(one.messages).toEqual([[octets("a"), octets("b")]]);
    one.session.send([octets("hi")]);
    expect(hex(one.output())).toBe("ff00000000000000017f" + "03050000" + "00026869");
  });

  it("answers 1.0 without a version with libzmq's bytes, and talks", () => {
    const one = session().take(octets(PEER_1, 2, 1, "a", 2, 0, "b"), chunkBytes);
    expect(one.events).toMatchObject([
      { type: "ready", peer: { major: 1, socketType: undefined, identity: octets("abc") } },
    ]);
    expect(one.messages).toEqual([[octets("a"), octets("b")]]);
    one.session.send([octets("hi"), new Uint8Array(300)]);
    const body = `ff000000000000012d00${"00".repeat(300)}`;
    expect(hex(one.output())).toBe(`ff00000000000000017f${"03016869"}${body}`);
  });

  it("says its own identity so that 1.0 reads it as a frame", () => {
    const one = session({ identity: octets("me") }).take(octets(PEER_1), chunkBytes);
    expect(hex(one.output())).toBe(`ff00000000000000037f${hex(octets("me"))}`);
  });

  it("subscribes a publisher's 1.0 peer to everything", () => {
    const one = session({ socketType: "XPUB" }).take(octets(PEER_1), chunkBytes);
    expect(one.messages).toEqual([[Uint8Array.of(1)]]);
  });

  it("says subscriptions as messages", () => {
    const one = session({ socketType: "SUB" }).take(octets(SIGNATURE, 1, 1, 0, 0), chunkBytes);
    one.output();
    one.session.command({ type: "subscribe", topic: octets("T") }, one.nowMs);
    one.session.command({ type: "cancel", topic: octets("T") }, one.nowMs);
    expect(hex(one.output())).toBe("00020154" + "00020054");
  });

  const refused: [name: string, bytes: Octets, failure: string][] = [
    ["a type that it can't talk to", [SIGNATURE, 1, 1, 0, 0], "zmtp/bad-socket-type"],
    ["a type that nobody knows", [SIGNATURE, 1, 77, 0, 0], "zmtp/unknown-socket-type"],
    ["a length of 0", [PEER_1, 0, 0], "zmtp/bad-length"],
    ["a frame of 2^63", [PEER_1, "0xff800000000000000000"], "zmtp/frame-too-large"],
    ["an identity in parts", [2, 1, "a"], "zmtp/bad-identity"],
  ];
  it.each(refused)("fails at %s", (_name, bytes, failure) => {
    expect(session().take(octets(bytes), chunkBytes).failure).toBe(failure);
  });

  it.each([
    ["2.0", PEER_2],
    ["1.0", PEER_1],
  ])("refuses a peer of %s where a mechanism or somebody asks who it is", (_version, bytes) => {
    const guarded: Partial<ZmtpSessionOptions>[] = [
      { security: { mechanism: "PLAIN", role: "server" } },
      { security: curveServer({ primitives: nobleCurve, secretKey: SERVER_SECRET }) },
      { asksWho: true },
    ];
    for (const options of guarded) {
      expect(session(options).take(octets(bytes), chunkBytes).failure).toBe("zmtp/old-version");
    }
  });
});
