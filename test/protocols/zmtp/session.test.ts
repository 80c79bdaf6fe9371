import { describe, expect, it } from "vitest";
import { encodeMessage } from "../../../src/protocols/zmtp/encode_message.ts";
import { ZmtpSession } from "../../../src/protocols/zmtp/session.ts";
import type { SecurityOptions, Wire } from "../../../src/protocols/zmtp/session_types.ts";
import { bytes, feed, hex, joined, optionsOf, outputOf, SessionPair, text, unhex } from "./session_pair.ts";

const PLAIN_CLIENT: SecurityOptions = {
  mechanism: "PLAIN",
  role: "client",
  username: bytes("admin"),
  password: bytes("secret"),
};

/** A session past its handshake with a peer whose bytes the test writes. */
function readySession(socketType: "PUB" | "PULL" | "SUB" | "XPUB" | "DEALER" | "PUSH", minor = 1): ZmtpSession {
  const peers = { PUB: "SUB", XPUB: "SUB", PULL: "PUSH", SUB: "PUB", DEALER: "ROUTER", PUSH: "PULL" } as const;
  const session = new ZmtpSession(optionsOf({ socketType }), 0);
  const peer = new ZmtpSession(optionsOf({ socketType: peers[socketType] }), 0);
  const greeting = outputOf(peer);
  greeting[11] = minor;
  session.receive(greeting, 0);
  feed(peer, outputOf(session), 1_000);
  session.receive(outputOf(peer), 0);
  expect(session.nextEvent()?.type).toBe("ready");
  session.takeOutput();
  return session;
}

describe("ZmtpSession", () => {
  it("greets, says READY and carries messages of every size, however the bytes are cut", () => {
    const bodies = [0, 1, 39, 40, 41, 255, 256, 16_384, 16_385, 65_535, 65_536, 300_000].map((n) =>
      Uint8Array.from({ length: n }, (_, i) => (i * 31 + n) & 0xff),
    );
    for (const chunkBytes of [1, 7, 64, 1_000, 65_536, Number.POSITIVE_INFINITY]) {
      const pair = new SessionPair(
        optionsOf({ socketType: "DEALER", identity: bytes("me") }),
        optionsOf({ socketType: "ROUTER" }),
      ).settle(chunkBytes);
      expect(pair.told("left")).toEqual(["ready"]);
      expect(pair.right.peer).toMatchObject({
        socketType: "DEALER",
        major: 3,
        minor: 1,
        mechanism: "NULL",
        userId: "",
      });
      expect(text(pair.right.peer!.identity)).toBe("me");
      for (const body of bodies) pair.left.send([body]);
      pair.left.send(bodies);
      pair.left.sendEncoded(encodeMessage(bodies, "zmtp"));
      pair.settle(chunkBytes);
      const messages = pair.right.takeMessages(1_000);
      expect(messages.length).toBe(bodies.length + 2);
      messages.slice(0, bodies.length).forEach((message, i) => {
        expect(message.length).toBe(1);
        expect(Buffer.compare(message[0]!, bodies[i]!)).toBe(0);
      });
      for (const message of messages.slice(-2)) {
        expect(message.map((part) => part.length)).toEqual(bodies.map((body) => body.length));
        message.forEach((part, i) => {
          expect(Buffer.compare(part, bodies[i]!)).toBe(0);
        });
      }
      expect(pair.right.heldBytes).toBe(0);
    }
  });

  it("lets PLAIN in when it is asked and says so, and denies with the RFC's ERROR", () => {
    for (const status of [200, 300, 400, 500] as const) {
      const pair = new SessionPair(
        optionsOf({ socketType: "PUSH", security: PLAIN_CLIENT }),
        optionsOf({ socketType: "PULL", security: { mechanism: "PLAIN", role: "server" }, asksWho: true }),
      );
      pair.decision = { status, text: "", userId: "u1", metadata: [] };
      pair.settle(3);
      const [asked] = pair.events;
      expect(asked!.event).toMatchObject({ type: "authenticate", request: { mechanism: "PLAIN" } });
      if (status === 200) {
        expect(pair.told("left")).toEqual(["ready"]);
        expect(pair.right.peer).toMatchObject({ userId: "u1", mechanism: "PLAIN" });
      } else {
        expect(pair.told("right")).toEqual(["authenticate", "auth zmtp/denied"]);
        expect(pair.told("left")).toEqual(status === 300 ? [] : ["auth zmtp/peer-error"]);
      }
    }
  });

  it("answers a NULL peer that may not come in with ERROR instead of READY", () => {
    const session = new ZmtpSession(optionsOf({ socketType: "PULL", asksWho: true }), 0);
    const peer = new ZmtpSession(optionsOf({ socketType: "PUSH" }), 0);
    session.receive(outputOf(peer), 0);
    session.takeOutput();
    expect(session.nextEvent()?.type).toBe("authenticate");
    session.command({ type: "decide", status: 400, text: "no", userId: "", metadata: [] }, 0);
    expect(hex(outputOf(session))).toBe("040a054552524f5203343030");
    expect(session.nextEvent()).toMatchObject({ type: "failed", kind: "auth" });
  });

  it.each<Wire>(["ZWS2.0", "ZWS2.0/NULL", "ZWS2.0/PLAIN"])("speaks %s, a WebSocket message a frame", (wire) => {
    const plain = wire === "ZWS2.0/PLAIN";
    const pair = new SessionPair(
      optionsOf({ socketType: "DEALER", identity: bytes("x"), wire, ...(plain ? { security: PLAIN_CLIENT } : {}) }),
      optionsOf({ socketType: "ROUTER", wire, ...(plain ? { security: { mechanism: "PLAIN", role: "server" } } : {}) }),
    ).settle(0, true);
    expect(pair.told("left")).toEqual(["ready"]);
    expect(text(pair.right.peer!.identity)).toBe("x");
    pair.left.send([bytes("a"), new Uint8Array(0), new Uint8Array(20_000)]);
    expect(pair.left.takeOutput().map((chunk) => [chunk[0], chunk.length])).toEqual([
      [1, 2],
      [1, 1],
      [0, 20_001],
    ]);
    pair.left.sendEncoded(encodeMessage([bytes("b"), bytes("c")], "zws"));
    pair.settle(0, true);
    expect(pair.right.takeMessages(9).map((message) => message.map(text))).toEqual([["b", "c"]]);
  });

  it("writes subscriptions in the form of the peer's version, and reads both forms", () => {
    const newer = readySession("SUB");
    newer.command({ type: "subscribe", topic: bytes("AB") }, 0);
    newer.command({ type: "cancel", topic: bytes("AB") }, 0);
    expect(hex(outputOf(newer))).toBe("040c095355425343524942454142" + "0409" + "0643414e43454c4142");
    const older = readySession("SUB", 0);
    older.command({ type: "subscribe", topic: bytes("AB") }, 0);
    older.command({ type: "cancel", topic: bytes("AB") }, 0);
    expect(hex(outputOf(older))).toBe("00030141420003004142");
    const pub = readySession("XPUB");
    feed(pub, unhex("040c095355425343524942454142 0003004142 0003024142 04090643414e43454c4142"), 2);
    expect(pub.takeMessages(9).map((message) => message.map(hex))).toEqual([
      ["014142"],
      ["004142"],
      ["024142"],
      ["004142"],
    ]);
  });

  it("answers PING with its context before anything else, of 16 octets at most", () => {
    const session = readySession("PULL");
    session.receive(unhex("040b 0450494e47 0000 63747821"), 0);
    expect(hex(outputOf(session))).toBe("040904504f4e4763747821");
    session.receive(joined([unhex("041b 0450494e47 0000"), new Uint8Array(20).fill(0x41)]), 0);
    expect(outputOf(session).length).toBe(2 + 5 + 16);
    session.receive(unhex("0406 0450494e47 00"), 0);
    expect(session.nextEvent()).toMatchObject({ type: "failed", kind: "protocol", error: { code: "zmtp/bad-ping" } });
  });

  it("ends a peer that is silent for longer than its PING allows, or than we do after ours", () => {
    const theirs = readySession("PULL");
    theirs.receive(unhex("0407 0450494e47 0019"), 1_000);
    expect(theirs.nextTimeoutMs()).toBe(3_500);
    theirs.onTimeout(3_499);
    expect(theirs.nextEvent()).toBeUndefined();
    theirs.onTimeout(3_500);
    expect(theirs.nextEvent()).toMatchObject({ type: "failed", kind: "timeout" });

    const heartbeat = { intervalMs: 100, timeoutMs: 250, ttlMs: 70_000 };
    const pair = new SessionPair(
      optionsOf({ socketType: "PUSH", heartbeat }),
      optionsOf({ socketType: "PULL" }),
    ).settle();
    pair.left.onTimeout(100);
    // zmtp §1.10, trap 3: 65.5 s at most
    expect(hex(outputOf(pair.left))).toBe("04070450494e47028f");
    pair.left.onTimeout(200);
    pair.left.onTimeout(300);
    pair.left.receive(unhex("040504504f4e47"), 340);
    pair.left.onTimeout(400);
    expect(pair.left.state).toBe("ready");
    pair.left.onTimeout(650);
    expect(pair.left.nextEvent()).toMatchObject({ type: "failed", kind: "timeout" });
  });

  it("ends a handshake that takes too long", () => {
    const session = new ZmtpSession(optionsOf({ socketType: "PULL", handshakeTimeoutMs: 500 }), 1_000);
    expect(session.nextTimeoutMs()).toBe(1_500);
    session.onTimeout(1_500);
    expect(session.nextEvent()).toMatchObject({ type: "failed", kind: "timeout" });
    expect(session.nextTimeoutMs()).toBeUndefined();
  });

  it.each([
    [
      "a type that it can't talk to",
      "zmtp/bad-socket-type",
      (): SessionPair => new SessionPair(optionsOf({ socketType: "PUSH" }), optionsOf({ socketType: "SUB" })),
    ],
    [
      "another mechanism",
      "zmtp/mechanism-mismatch",
      (): SessionPair =>
        new SessionPair(optionsOf({ socketType: "PULL" }), optionsOf({ socketType: "PUSH", security: PLAIN_CLIENT })),
    ],
  ])("refuses %s", (_, code, make) => {
    const pair = make().settle();
    expect(pair.told("left").at(-1)).toBe(`protocol ${code}`);
    expect(() => pair.left.send([bytes("x")])).toThrowError(
      expect.objectContaining({ code: "zmtp/not-ready", side: "local" }),
    );
  });

  it.each([
    ["a first octet that is not FF", "01", "zmtp/old-version"],
    ["ZMTP 2.0", "ff 0000000000000001 7f 01 05", "zmtp/old-version"],
    [
      "a mechanism of small letters",
      `ff 0000000000000001 7f 0301 6e756c6c ${"00".repeat(16)} ${"00".repeat(32)}`,
      "zmtp/bad-mechanism",
    ],
    [
      "a message before READY",
      `ff 0000000000000001 7f 0301 4e554c4c ${"00".repeat(16)} ${"00".repeat(32)} 0001 41`,
      "zmtp/early-message",
    ],
    [
      "an unknown command in the handshake",
      `ff 0000000000000001 7f 0301 4e554c4c ${"00".repeat(16)} ${"00".repeat(32)} 0405 0448 5559 45`,
      "zmtp/unexpected-command",
    ],
    [
      "metadata that ends in a name",
      `ff 0000000000000001 7f 0301 4e554c4c ${"00".repeat(16)} ${"00".repeat(32)} 0408 05 5245414459 0b53`,
      "zmtp/bad-metadata",
    ],
    [
      "a command over the limit",
      `ff 0000000000000001 7f 0301 4e554c4c ${"00".repeat(16)} ${"00".repeat(32)} 06 8000000000000000`,
      "zmtp/command-too-large",
    ],
  ])("refuses %s at every split", (_, stream, code) => {
    for (const chunkBytes of [1, 2, 5, 1_000]) {
      const session = new ZmtpSession(optionsOf({ socketType: "PULL" }), 0);
      feed(session, unhex(stream), chunkBytes);
      expect(session.nextEvent()).toMatchObject({ type: "failed", kind: "protocol", error: { code } });
      expect(session.nextEvent()).toBeUndefined();
      expect(session.state).toBe("over");
    }
  });

  it.each([
    ["one body", "02 00000000000f4241", "zmtp/frame-too-large"],
    ["2^63 octets", "02 8000000000000000", "zmtp/frame-too-large"],
    ["2^32 + 1 octets", "02 0000000100000001", "zmtp/frame-too-large"],
    ["a command of 2^63 octets", "06 8000000000000000", "zmtp/command-too-large"],
  ])("refuses %s by its head and holds nothing of it", (_, head, code) => {
    const session = readySession("PULL");
    feed(session, unhex(head), 1);
    expect(session.nextEvent()).toMatchObject({ type: "failed", error: { code } });
    expect(session.heldBytes).toBeLessThan(16);
  });

  it("refuses endless MORE and messages over their limit, and gives nothing of them", () => {
    const frames = readySession("PULL");
    for (let i = 0; i < 65; i++) frames.receive(unhex("0101 41"), 0);
    expect(frames.nextEvent()).toMatchObject({ type: "failed", error: { code: "zmtp/too-many-frames" } });
    expect(frames.takeMessages(9)).toEqual([]);
    const large = readySession("PULL");
    const frame = joined([unhex("03 00000000000f4240"), new Uint8Array(1_000_000)]);
    for (let i = 0; i < 3; i++) large.receive(frame, 0);
    expect(large.nextEvent()).toMatchObject({ type: "failed", error: { code: "zmtp/message-too-large" } });
  });

  it("is as liberal as libzmq: long form for a short body, reserved bits, MORE on a command, unknown commands", () => {
    const session = readySession("PULL");
    feed(session, unhex("02 0000000000000001 41 f801 42 0505 044a4f494e 0405 0458595a31 0001 43"), 3);
    expect(session.takeMessages(9).map((message) => message.map(text))).toEqual([["A"], ["B"], ["C"]]);
    expect(session.nextEvent()).toBeUndefined();
  });

  it("accepts a major version of 4 and any padding", () => {
    const session = new ZmtpSession(optionsOf({ socketType: "PULL" }), 0);
    const peer = new ZmtpSession(optionsOf({ socketType: "PUSH" }), 0);
    const greeting = outputOf(peer);
    greeting.set([9, 9, 9, 9, 9, 9, 9, 9], 1);
    greeting[10] = 4;
    greeting[11] = 9;
    greeting[32] = 1;
    session.receive(greeting, 0);
    feed(peer, outputOf(session), 1_000);
    session.receive(outputOf(peer), 0);
    expect(session.peer).toMatchObject({ major: 3, minor: 1 });
  });

  it("hands out messages as many as asked for, and keeps their order", () => {
    const session = readySession("PULL");
    const stream = joined(Array.from({ length: 100 }, (_, i) => Uint8Array.of(0, 1, i)));
    session.receive(stream, 0);
    expect(session.waitingMessages).toBe(100);
    const got = [...session.takeMessages(1), ...session.takeMessages(50), ...session.takeMessages(50)];
    expect(got.map((message) => message[0]![0])).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(session.takeMessages(5)).toEqual([]);
  });
});
