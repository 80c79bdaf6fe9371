/** The traps of zmtp §1.10, each by its number, and what a reviewer would try. */
import { describe, expect, it } from "vitest";
import { curveClient, curveServer } from "../../../src/protocols/zmtp/curve_security.ts";
import { ZmtpSession } from "../../../src/protocols/zmtp/session.ts";
import { nobleCurve } from "../../../src/sockets/noble_curve.ts";
import { CLIENT_SECRET, countingEntropy, SERVER_KEY, SERVER_SECRET } from "./curve_pair.ts";
import { bytes, hex, joined, optionsOf, outputOf, SessionPair, text, unhex } from "./session_pair.ts";

const GREETING = `ff 0000000000000001 7f 0301 4e554c4c ${"00".repeat(16)} ${"00".repeat(32)}`;
const PLAIN_GREETING = GREETING.replace("4e554c4c", "504c41494e").replace("00".repeat(16), "00".repeat(15));
const READY_PUSH = "041a 05 5245414459 0b 536f636b65742d54797065 00000004 50555348";

function pullWith(stream: string): ZmtpSession {
  const session = new ZmtpSession(optionsOf({ socketType: "PULL" }), 0);
  session.receive(unhex(stream), 0);
  return session;
}

function curvePair(): SessionPair {
  return new SessionPair(
    optionsOf({
      socketType: "DEALER",
      security: curveClient({ primitives: nobleCurve, secretKey: CLIENT_SECRET, serverKey: SERVER_KEY }),
      entropy: countingEntropy(1),
      heartbeat: { intervalMs: 100, timeoutMs: 1_000, ttlMs: 0 },
    }),
    optionsOf({
      socketType: "DEALER",
      security: curveServer({ primitives: nobleCurve, secretKey: SERVER_SECRET }),
      entropy: countingEntropy(2),
    }),
  ).settle();
}

describe("traps (zmtp §1.10)", () => {
  it("1: CURVE MESSAGE goes out with flags 00 or 02, PING among them, and is taken with COMMAND too", () => {
    const { left, right } = curvePair();
    left.send([bytes("a"), new Uint8Array(300)]);
    left.onTimeout(100);
    const stream = outputOf(left);
    const flags: number[] = [];
    for (let at = 0; at < stream.length; ) {
      flags.push(stream[at]!);
      const size = (stream[at]! & 2) === 0 ? stream[at + 1]! : new DataView(stream.buffer).getUint32(at + 5);
      const head = (stream[at]! & 2) === 0 ? 2 : 9;
      stream[at] = stream[at]! | 4;
      at += head + size;
    }
    expect(flags).toEqual([0, 2, 0]);
    right.receive(stream, 100);
    expect(right.takeMessages(9).map((parts) => parts.map((one) => one.length))).toEqual([[1, 300]]);
    // The PONG is sealed, too.
    expect(hex(outputOf(right)).slice(0, 20)).toMatch(/^00..074d455353414745/);
    expect(right.state).toBe("ready");
  });

  it("2: an ERROR without its length octet is one, and ours has it", () => {
    const client = new ZmtpSession(
      optionsOf({
        socketType: "PUSH",
        security: { mechanism: "PLAIN", role: "client", username: bytes("u"), password: bytes("p") },
      }),
      0,
    );
    client.receive(unhex(`${PLAIN_GREETING} 0409 5e52524f5203343030`), 0);
    expect(client.nextEvent()).toMatchObject({ type: "failed", kind: "auth", error: { code: "zmtp/peer-error" } });
    const server = new ZmtpSession(
      optionsOf({ socketType: "PULL", security: { mechanism: "PLAIN", role: "server" }, asksWho: true }),
      0,
    );
    server.receive(unhex(`${PLAIN_GREETING} 040a 05 48454c4c4f 01 75 01 70`), 0);
    server.takeOutput();
    server.command({ type: "decide", status: 400, text: "", userId: "", metadata: [] }, 0);
    expect(hex(outputOf(server))).toBe("040a054552524f5203343030");
  });

  it.each([
    [0, "0000"],
    [99, "0000"],
    [100, "0001"],
    [65_500, "028f"],
    [65_600, "028f"],
    [10_000_000, "028f"],
  ])("3: a TTL of %i ms goes out as %s tenths of a second, 655 at most", (ttlMs, wanted) => {
    const pair = new SessionPair(
      optionsOf({ socketType: "PUSH", heartbeat: { intervalMs: 100, timeoutMs: 1_000, ttlMs } }),
      optionsOf({ socketType: "PULL" }),
    ).settle();
    pair.left.onTimeout(100);
    expect(hex(outputOf(pair.left))).toBe(`04070450494e47${wanted}`);
  });

  it("4: nothing goes out before READY has come in, and a message that comes before it ends the connection", () => {
    const session = pullWith(GREETING);
    expect(() => session.send([bytes("x")])).toThrowError(expect.objectContaining({ code: "zmtp/not-ready" }));
    expect(session.framing).toBeUndefined();
    session.receive(unhex("0001 41"), 0);
    expect(session.nextEvent()).toMatchObject({ type: "failed", error: { code: "zmtp/early-message" } });
    expect(session.takeMessages(9)).toEqual([]);
    // Behind READY, in the same chunk, it is in time.
    const ready = pullWith(`${GREETING} ${READY_PUSH} 0001 41`);
    expect(ready.takeMessages(9).map((parts) => parts.map(text))).toEqual([["A"]]);
  });

  it("4: a peer that pipelines while somebody is still asked about it is early, too", () => {
    const session = new ZmtpSession(optionsOf({ socketType: "PULL", asksWho: true }), 0);
    session.receive(unhex(`${GREETING} ${READY_PUSH} 0001 41`), 0);
    expect(session.nextEvent()?.type).toBe("authenticate");
    expect(session.nextEvent()).toMatchObject({ type: "failed", error: { code: "zmtp/early-message" } });
    session.command({ type: "decide", status: 200, text: "", userId: "", metadata: [] }, 0);
    expect(session.state).toBe("over");
    expect(session.takeMessages(9)).toEqual([]);
  });

  it("5: PING has its two octets of TTL, ours always, and a peer's without them ends the connection", () => {
    for (const ping of ["0405 0450494e47", "0406 0450494e47 00"]) {
      const session = pullWith(`${GREETING} ${READY_PUSH} ${ping}`);
      session.nextEvent();
      expect(session.nextEvent()).toMatchObject({ type: "failed", error: { code: "zmtp/bad-ping" } });
    }
  });

  it.each([0, 1, 15, 16, 17, 200])("6: a PONG gives back at most 16 octets of a context of %i", (length) => {
    const context = Uint8Array.from({ length }, (_, i) => i + 1);
    const session = pullWith(`${GREETING} ${READY_PUSH}`);
    session.takeOutput();
    session.receive(joined([Uint8Array.of(4, 7 + length), unhex("0450494e470000"), context]), 0);
    const kept = context.subarray(0, 16);
    expect(hex(outputOf(session))).toBe(hex(joined([Uint8Array.of(4, 5 + kept.length), unhex("04504f4e47"), kept])));
  });

  it("7: a PING is answered whatever the minor version of the peer", () => {
    for (const minor of ["00", "01", "07"]) {
      const session = pullWith(`${GREETING.replace("7f 0301", `7f 03${minor}`)} ${READY_PUSH}`);
      session.takeOutput();
      session.receive(unhex("0407 0450494e47 0000"), 0);
      expect(hex(outputOf(session))).toBe("040504504f4e47");
    }
  });

  it("8: Socket-Type may be missing or in another case, is checked in any, and goes out in the right one", () => {
    const missing = pullWith(`${GREETING} 0406 05 5245414459`);
    expect(missing.peer).toMatchObject({ socketType: undefined, metadata: [] });
    const small = pullWith(`${GREETING} ${READY_PUSH.replace("536f636b65742d54797065", "736f636b65742d74797065")}`);
    expect(small.peer?.socketType).toBe("PUSH");
    const wrong = pullWith(`${GREETING} 0419 05 5245414459 0b 736f636b65742d74797065 00000003 535542`);
    expect(wrong.nextEvent()).toMatchObject({ type: "failed", error: { code: "zmtp/bad-socket-type" } });
    expect(hex(outputOf(missing))).toContain("0b536f636b65742d54797065");
  });

  it.each(["00", "01", "02"])("9: a revision octet of %s is ZMTP 2.0 or older", (revision) => {
    const session = pullWith(`ff 0000000000000001 7f ${revision} 08`);
    expect(session.nextEvent()).toMatchObject({ type: "failed", error: { code: "zmtp/old-version" } });
  });

  it("10: a CANCEL of a topic that nobody subscribed to comes out like any other: what it means is the socket's", () => {
    const session = new ZmtpSession(optionsOf({ socketType: "XPUB" }), 0);
    session.receive(unhex(`${GREETING} 0419 05 5245414459 0b 536f636b65742d54797065 00000003 535542`), 0);
    session.receive(unhex("0408 06 43414e43454c 74"), 0);
    expect(session.takeMessages(9).map((parts) => parts.map(hex))).toEqual([["0074"]]);
  });

  it("11: a handshake that fails says so, so that the owner can wait longer each time", () => {
    const failed = pullWith(`${GREETING} 0404 0358595a`);
    expect(failed.nextEvent()).toMatchObject({ type: "failed", kind: "protocol" });
    expect(failed.peer).toBeUndefined();
  });
});

describe("what a session holds for its peer", () => {
  it("does not grow by a chunk for each octet of a message that never ends", () => {
    const session = pullWith(`${GREETING} ${READY_PUSH}`);
    // One octet of a message, then 60 KiB of commands that nobody knows.
    const junk = joined(
      Array.from({ length: 240 }, () => joined([Uint8Array.of(4, 251, 1, 0x58), new Uint8Array(249)])),
    );
    const chunk = joined([Uint8Array.of(1, 1, 7), junk]);
    for (let i = 0; i < 10; i++) session.receive(chunk.slice(), 0);
    expect(session.heldBytes).toBe(10);
    session.receive(Uint8Array.of(0, 1, 8), 0);
    const [message] = session.takeMessages(1);
    expect(message?.map((one) => one[0])).toEqual([...Array(10).fill(7), 8]);
    // Each part that waited is a copy of its own; the last one may be a view on its chunk.
    for (const one of message!.slice(0, 10)) expect(one.buffer.byteLength).toBe(1);
  });

  it("is not 64 KiB of output for a connection that says little; one that says much fills chunks of that size", () => {
    const session = new ZmtpSession(optionsOf({ socketType: "PUSH" }), 0);
    const [greeting] = session.takeOutput();
    expect(greeting!.buffer.byteLength).toBeLessThanOrEqual(1_024);
    session.receive(unhex(`${GREETING} 041a 05 5245414459 0b 536f636b65742d54797065 00000004 50554c4c`), 0);
    for (let i = 0; i < 10_000; i++) session.send([new Uint8Array(98)]);
    const chunks = session.takeOutput();
    expect(chunks.reduce((sum, chunk) => sum + chunk.length, 0)).toBe(28 + 10_000 * 100);
    expect(chunks.filter(({ buffer }) => buffer.byteLength === 65_536).length).toBeGreaterThan(13);
    expect(chunks.length).toBeLessThan(20);
  });

  it("is nothing once it is over, whatever was coming in", () => {
    for (const stream of [GREETING.slice(0, 40), `${GREETING} ${READY_PUSH} 0101 41 02 00000000000000ff 41`]) {
      const session = pullWith(stream);
      expect(session.heldBytes).toBeGreaterThan(0);
      session.command({ type: "close" }, 0);
      expect(session.heldBytes).toBe(0);
    }
  });

  it("has no heartbeats where a peer has no commands: ZWS2.0", () => {
    const heartbeat = { intervalMs: 100, timeoutMs: 1_000, ttlMs: 0 };
    for (const [wire, beats] of [
      ["ZWS2.0", false],
      ["ZWS2.0/NULL", true],
    ] as const) {
      const pair = new SessionPair(
        optionsOf({ socketType: "PUSH", wire, heartbeat }),
        optionsOf({ socketType: "PULL", wire }),
      ).settle(0, true);
      expect(pair.left.state).toBe("ready");
      expect(pair.left.nextTimeoutMs() !== undefined).toBe(beats);
    }
  });
});
