import { describe, expect, it } from "vitest";
import { curveServer } from "../../../src/protocols/zmtp/curve_security.ts";
import { nobleCurve } from "../../../src/sockets/noble_curve.ts";
import { client, onlyCommand, SERVER_SECRET } from "./curve_pair.ts";
import { command, frame, greeting, LIMITS, type Octets, octets, ready, UnderAttack } from "./hostile_peer.ts";

/** Whole, octet by octet, and in pieces that fall anywhere. */
const CHUNKINGS = [1, 7, 1 << 20];

/** Everything a session holds must be small whatever is only declared: so many of them would take hundreds of gigabytes. */
const MANY = 300;

type Case = [name: string, bytes: Octets, failure: string];

describe.each(CHUNKINGS)("in chunks of %i, a session fails with its code", (chunkBytes) => {
  const greetings: Case[] = [
    ["an HTTP request", "GET / HTTP/1.1\r\nHost: example\r\n\r\n", "zmtp/old-version"],
    ["a TLS hello", "0x16030100c8010000c40303", "zmtp/old-version"],
    ["zeros", new Uint8Array(64), "zmtp/old-version"],
    ["a peer of 2.0", ["0xff00000000000000017f", 1, 5, 0, 0], "zmtp/old-version"],
    ["a peer of 1.0", ["0xff00000000000000017f", 0, 5, 1, 0], "zmtp/old-version"],
    ["a peer of 1.0 without a version", "0x0100", "zmtp/old-version"],
    ["another mechanism", greeting("PLAIN"), "zmtp/mechanism-mismatch"],
    ["a mechanism with something behind its name", greeting("NULL\0x"), "zmtp/bad-mechanism"],
  ];
  it.each(greetings)("when the greeting is %s", (_name, bytes, failure) => {
    expect(new UnderAttack().take(octets(bytes), chunkBytes).failure).toBe(failure);
  });

  const handshakes: Case[] = [
    ["a message before READY", [frame(0, "hello"), ready()], "zmtp/early-message"],
    ["a part of a message before READY", frame(1, "hello"), "zmtp/early-message"],
    ["a command without a name", frame(4), "zmtp/unexpected-command"],
    ["a command whose name is cut", frame(4, 5, "READ"), "zmtp/unexpected-command"],
    ["a command with an empty name", frame(4, 0), "zmtp/unexpected-command"],
    ["an unknown command", command("HELP"), "zmtp/unexpected-command"],
    ["a PING", command("PING", 0, 0), "zmtp/unexpected-command"],
    ["a SUBSCRIBE", command("SUBSCRIBE", "a"), "zmtp/unexpected-command"],
    ["READY twice", [ready(), ready()], "0 failures"],
    ["a HELLO of PLAIN", command("HELLO", 1, "a", 1, "b"), "zmtp/unexpected-command"],
    ["a name of metadata that is cut", command("READY", 11, "Socket"), "zmtp/bad-metadata"],
    ["a name of metadata without a value", command("READY", 1, "A"), "zmtp/bad-metadata"],
    ["an empty name of metadata", command("READY", 0, "0x00000000"), "zmtp/bad-metadata"],
    ["a value that is longer than the rest", command("READY", 1, "A", "0x00000002", "b"), "zmtp/bad-metadata"],
    ["a value of 2 GiB", command("READY", 1, "A", "0x80000000"), "zmtp/bad-metadata"],
    ["a value of 4 GiB less one", command("READY", 1, "A", "0xffffffff"), "zmtp/bad-metadata"],
    ["an octet behind the metadata", ready("DEALER", 7), "zmtp/bad-metadata"],
    ["a name of metadata that has other characters", command("READY", 3, "A B", "0x00000000"), "zmtp/bad-metadata"],
    [
      "metadata beyond the limit",
      command("READY", [1, "A", "0x0000012c", new Uint8Array(300)]),
      "zmtp/metadata-too-large",
    ],
    [
      "a bomb of empty properties",
      command("READY", Array(100).fill([1, "A", "0x00000000"])),
      "zmtp/metadata-too-large",
    ],
    [
      "an identity of 256 octets",
      ready("DEALER", 8, "Identity", "0x00000100", new Uint8Array(256)),
      "zmtp/bad-identity",
    ],
    ["a socket type that can't be met", ready("PUB"), "zmtp/bad-socket-type"],
    ["a socket type that nobody knows", ready("NONE"), "zmtp/bad-socket-type"],
    ["a command beyond the limit", frame(4, new Uint8Array(LIMITS.maxCommandBytes + 1)), "zmtp/command-too-large"],
    ["a command of 2^32 + 1", [6, "0x0000000100000001", "READY"], "zmtp/command-too-large"],
    ["a command of 2^63", [6, "0x8000000000000000", "READY"], "zmtp/command-too-large"],
    ["ERROR without a reason's length", command("ERROR"), "zmtp/peer-error (peer-error)"],
    ["ERROR whose reason is cut", command("ERROR", 9, "ab"), "zmtp/peer-error (peer-error)"],
    ["ERROR with octets behind its reason", command("ERROR", 1, "abc"), "zmtp/peer-error (peer-error)"],
    ["ERROR with octets that can't be printed", command("ERROR", 3, "\x1b[2"), "zmtp/peer-error (peer-error)"],
    ["an ERROR that denies", command("ERROR", 3, "400"), "zmtp/peer-error (auth)"],
    ["an ERROR that says something else", command("ERROR", 4, "gone"), "zmtp/peer-error (peer-error)"],
  ];
  it.each(handshakes)("when the handshake has %s", (_name, bytes, failure) => {
    expect(new UnderAttack().take(octets(greeting(), bytes), chunkBytes).failure).toBe(failure);
  });

  const traffic: Case[] = [
    [
      "a frame of one octet more than is taken",
      frame(0, new Uint8Array(LIMITS.maxFrameBytes + 1)),
      "zmtp/frame-too-large",
    ],
    ["a frame of 2^32 + 1 octets", [2, "0x0000000100000001", "abc"], "zmtp/frame-too-large"],
    ["a frame of 2^63 octets", [2, "0x8000000000000000", "abc"], "zmtp/frame-too-large"],
    ["a frame of 2^64 - 1 octets", [2, "0xffffffffffffffff", "abc"], "zmtp/frame-too-large"],
    ["parts without end", Array(LIMITS.maxMessageFrames + 1).fill(frame(1)), "zmtp/too-many-frames"],
    ["parts that are too much together", Array(3).fill(frame(1, new Uint8Array(9_000))), "zmtp/message-too-large"],
    ["a large command", frame(4, 4, "PING", new Uint8Array(LIMITS.maxCommandBytes)), "zmtp/command-too-large"],
    ["a command without a name", frame(4), "zmtp/bad-command"],
    ["a command whose name is cut", frame(4, 9, "PING"), "zmtp/bad-command"],
    ["a PING without its TTL", command("PING"), "zmtp/bad-ping"],
    ["a PING of half a TTL", command("PING", 0), "zmtp/bad-ping"],
    ["an ERROR", command("ERROR", 3, "bye"), "0 failures"],
  ];
  it.each(traffic)("when the traffic has %s", (_name, bytes, failure) => {
    expect(UnderAttack.ready().take(octets(bytes), chunkBytes).failure).toBe(failure);
  });
});

describe("a session under attack", () => {
  it("sets no room aside for lengths that are only declared", () => {
    const limits = { ...LIMITS, maxFrameBytes: 2 ** 31, maxMessageBytes: 2 ** 32 };
    const before = process.memoryUsage().arrayBuffers;
    const held = Array.from({ length: MANY }, () =>
      UnderAttack.ready({ limits }).take(octets(2, "0x0000000070000000", new Uint8Array(100))),
    );
    const grown = process.memoryUsage().arrayBuffers - before;
    expect(held.map(({ failure }) => failure)).toEqual(Array(MANY).fill("0 failures"));
    expect(grown).toBeLessThan(MANY * 100_000);
  });

  it("gives nobody a part of a message whose end never came", () => {
    const attacked = UnderAttack.ready().take(octets(Array(LIMITS.maxMessageFrames + 1).fill(frame(1, "x"))));
    expect(attacked.messages).toEqual([]);
  });

  it("keeps messages that were whole before the fault, and takes nothing behind it", () => {
    const attacked = UnderAttack.ready().take(octets(frame(0, "good"), frame(4), frame(0, "late")));
    attacked.take(octets(frame(0, "later")));
    expect(attacked.messages).toEqual([[octets("good")]]);
    expect(attacked.events.map(({ type }) => type)).toEqual(["ready", "failed"]);
    expect(attacked.session.nextTimeoutMs()).toBeUndefined();
  });

  it.each([
    ["nothing at all", new Uint8Array()],
    ["half a greeting", greeting().slice(0, 11)],
    ["a greeting alone", greeting()],
    ["a greeting and half a READY", octets(greeting(), ready().slice(0, 9))],
  ])("gives up a peer that sends %s, however slowly", (_name, bytes) => {
    const attacked = new UnderAttack();
    // An octet now and then is no reason to wait longer.
    for (const octet of bytes) attacked.take(Uint8Array.of(octet)).wait(1);
    expect(attacked.failure).toBe("0 failures");
    attacked.wait(5_000 - bytes.length - 1);
    expect(attacked.failure).toBe("0 failures");
    attacked.wait(1);
    expect(attacked.failure).toBe("zmtp/handshake-timeout (timeout)");
    expect(attacked.session.nextTimeoutMs()).toBeUndefined();
  });

  it("says how much it has to send to a peer that asks and does not read", () => {
    const attacked = UnderAttack.ready();
    attacked.output();
    const pings = octets(Array(1_000).fill(command("PING", 0, 0, "0123456789abcdef")));
    for (let i = 0; i < 10; i++) attacked.take(pings);
    expect(attacked.session.outputBytes).toBe(10_000 * (2 + 5 + 16));
    expect(attacked.failure).toBe("0 failures");
  });
});

describe.each(CHUNKINGS)("in chunks of %i, a CURVE server", (chunkBytes) => {
  const curve = (): UnderAttack =>
    new UnderAttack({ security: curveServer({ primitives: nobleCurve, secretKey: SERVER_SECRET }) });

  /** A client behind the handshake, and the session that it talks to. */
  const shaken = (): [mechanism: ReturnType<typeof client>, attacked: UnderAttack] => {
    const [mechanism, attacked] = [client(), curve()];
    attacked.take(octets(greeting("CURVE"), frame(4, onlyCommand(mechanism))));
    mechanism.receive(attacked.output().slice(64 + 2));
    attacked.take(frame(4, onlyCommand(mechanism)));
    mechanism.receive(attacked.output().slice(2));
    if (attacked.events.at(-1)?.type !== "ready") throw new Error("not ready");
    return [mechanism, attacked];
  };

  const handshakes: Case[] = [
    ["READY", ready(), "zmtp/unexpected-command"],
    ["a short HELLO", command("HELLO", new Uint8Array(193)), "zmtp/curve-bad-size"],
    ["a HELLO of zeros", command("HELLO", 1, 0, new Uint8Array(192)), "zmtp/curve-weak-key"],
    ["an INITIATE before HELLO", command("INITIATE", new Uint8Array(300)), "zmtp/unexpected-command"],
    ["a MESSAGE", frame(0, 7, "MESSAGE", new Uint8Array(25)), "zmtp/early-message"],
  ];
  it.each(handshakes)("fails at %s in its handshake", (_name, bytes, failure) => {
    expect(curve().take(octets(greeting("CURVE"), bytes), chunkBytes).failure).toBe(failure);
  });

  it("fails at a MESSAGE that comes twice", () => {
    const [mechanism, attacked] = shaken();
    const sealed = frame(0, mechanism.box!.seal(0, octets("pay")));
    attacked.take(octets(sealed, sealed), chunkBytes);
    expect(attacked.messages).toEqual([[octets("pay")]]);
    expect(attacked.failure).toBe("zmtp/curve-replayed-nonce");
  });

  it("fails at a flipped tag, at what is not sealed, and at what is cut", () => {
    const broken: [Octets, string][] = [
      [frame(0, "plain text"), "zmtp/curve-not-a-message"],
      [command("PING", 0, 0), "zmtp/curve-not-a-message"],
      [frame(0, 7, "MESSAGE", new Uint8Array(24)), "zmtp/curve-bad-size"],
      [frame(0, 7, "MESSAGE", 0, 0, 0, 0, 0, 0, 0, 9, new Uint8Array(17)), "zmtp/curve-bad-tag"],
    ];
    for (const [bytes, failure] of broken) {
      expect(shaken()[1].take(octets(bytes), chunkBytes).failure).toBe(failure);
    }
  });

  it("takes a MESSAGE whose outer frame says COMMAND, and seals commands as inner ones", () => {
    const [mechanism, attacked] = shaken();
    attacked.take(frame(4, mechanism.box!.seal(0, octets("hello"))), chunkBytes);
    attacked.take(frame(0, mechanism.box!.seal(2, octets(4, "PING", 0, 0, "ctx"))), chunkBytes);
    expect(attacked.messages).toEqual([[octets("hello")]]);
    const answer = attacked.output();
    expect(answer[0]).toBe(0);
    expect(mechanism.box!.open(answer.subarray(2))).toEqual({ flags: 2, body: octets(4, "PONG", "ctx") });
  });

  it("holds sealed parts to the limits of plain ones", () => {
    const [mechanism, attacked] = shaken();
    const seal = (flags: number, bytes: number): Uint8Array =>
      frame(0, mechanism.box!.seal(flags, new Uint8Array(bytes)));
    attacked.take(seal(0, LIMITS.maxFrameBytes), chunkBytes);
    expect(attacked.messages.map(([part]) => part!.length)).toEqual([LIMITS.maxFrameBytes]);
    attacked.take(seal(0, LIMITS.maxFrameBytes + 1), chunkBytes);
    expect(attacked.failure).toBe("zmtp/frame-too-large");
    const [endless, other] = shaken();
    other.take(
      octets(Array.from({ length: LIMITS.maxMessageFrames + 1 }, () => frame(0, endless.box!.seal(1, octets("x"))))),
    );
    expect(other.failure).toBe("zmtp/too-many-frames");
  });
});
