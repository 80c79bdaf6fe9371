import sodium from "libsodium-wrappers";
import { beforeAll, describe, expect, it } from "vitest";
import { ProtocolError } from "../../../src/core/mod.ts";
import type { CurvePrimitives } from "../../../src/ports/curve_primitives.ts";
import { curveClient, curveServer } from "../../../src/protocols/zmtp/curve_security.ts";
import { nobleCurve } from "../../../src/sockets/noble_curve.ts";
import { sodiumCurve } from "../../../src/sockets/sodium_curve.ts";
import { hex } from "../../hex.ts";
import {
  CLIENT_KEY,
  CLIENT_SECRET,
  client,
  codeOf,
  contextOf,
  counting,
  countingEntropy,
  failureOf,
  flipped,
  handshake,
  metadataOf,
  onlyCommand,
  outcomeOf,
  SERVER_KEY,
  SERVER_SECRET,
  server,
} from "./curve_pair.ts";

beforeAll(() => sodium.ready);

const LET_IN = { status: 200, text: "OK", userId: "alice", metadata: [] } as const;
const asking = contextOf({ asksWho: true });
const ascii = (bytes: Uint8Array): string => new TextDecoder("latin1").decode(bytes);

describe("a CURVE handshake", () => {
  it("has the sizes and names of the sheet", () => {
    const { hello, welcome, initiate, ready } = handshake().commands;
    const metadata = metadataOf("DEALER").length;
    expect([hello.length, welcome.length, initiate.length, ready.length]).toEqual([
      200,
      168,
      257 + metadata,
      30 + metadata,
    ]);
    expect(ascii(hello.subarray(0, 6))).toBe("\x05HELLO");
    expect(hex(hello.subarray(6, 8))).toBe("0100");
    expect(hello.subarray(8, 80)).toEqual(new Uint8Array(72));
    expect(hex(hello.subarray(112, 120))).toBe("0000000000000001");
    expect(ascii(welcome.subarray(0, 8))).toBe("\x07WELCOME");
    expect(ascii(initiate.subarray(0, 9))).toBe("\x08INITIATE");
    expect(hex(initiate.subarray(105, 113))).toBe("0000000000000002");
    expect(ascii(ready.subarray(0, 6))).toBe("\x05READY");
    expect(hex(ready.subarray(6, 14))).toBe("0000000000000001");
  });

  it("tells both sides what the other said of itself", () => {
    const pair = handshake(client(contextOf({ localMetadata: metadataOf("REQ") })), server());
    const value = (text: string): Uint8Array => new TextEncoder().encode(text);
    expect(pair.client.takeOutcome()).toEqual({
      type: "ready",
      metadata: [{ name: "Socket-Type", value: value("DEALER") }],
      userId: "",
    });
    expect(pair.server.takeOutcome()).toEqual({
      type: "ready",
      metadata: [{ name: "Socket-Type", value: value("REQ") }],
      userId: "",
    });
    expect([pair.client.takeOutcome(), pair.server.takeOutcome()]).toEqual([undefined, undefined]);
  });

  it("asks who the client is, shows its long-term key, and says the user's id that was decided", () => {
    const [a, b] = [client(), server(asking)];
    b.receive(onlyCommand(a));
    a.receive(onlyCommand(b));
    expect(outcomeOf(b, onlyCommand(a))).toEqual({
      type: "authenticate",
      request: { mechanism: "CURVE", publicKey: CLIENT_KEY },
    });
    expect(b.takeCommands()).toEqual([]);
    expect(b.box).toBeUndefined();
    b.decide(LET_IN);
    expect(b.takeOutcome()).toMatchObject({ type: "ready", userId: "alice" });
    expect(outcomeOf(a, onlyCommand(b))).toMatchObject({ type: "ready", userId: "" });
  });

  it.each([
    [400, "\x05ERROR\x03400"],
    [500, "\x05ERROR\x03500"],
    [300, undefined],
  ] as const)("tells a client that is answered %i what the sheet says", (status, error) => {
    const [a, b] = [client(), server(asking)];
    b.receive(onlyCommand(a));
    a.receive(onlyCommand(b));
    b.receive(onlyCommand(a));
    b.takeOutcome();
    b.decide({ ...LET_IN, status });
    expect(b.takeCommands().map(ascii)).toEqual(error === undefined ? [] : [error]);
    expect(b.takeOutcome()).toMatchObject({ type: "failed", kind: "auth", error: { code: "zmtp/denied" } });
    expect(b.box).toBeUndefined();
  });

  it("is repeatable to the byte, whichever library does the work", () => {
    const whole = (primitives: CurvePrimitives): string => {
      const a = curveClient({ primitives, secretKey: CLIENT_SECRET, serverKey: SERVER_KEY });
      const b = curveServer({ primitives, secretKey: SERVER_SECRET });
      const [one, two] = [a.create(contextOf(), countingEntropy(0x11)), b.create(contextOf(), countingEntropy(0x22))];
      one.start();
      two.start();
      const { commands } = handshake(one, two);
      const traffic = [one.box!.seal(1, counting(9, 1)), two.box!.seal(2, counting(300, 2))];
      return [...Object.values(commands), ...traffic].map(hex).join("\n");
    };
    expect(whole(nobleCurve)).toBe(whole(sodiumCurve(sodium)));
    expect(whole(nobleCurve)).toBe(whole(nobleCurve));
  });

  it("draws other keys with other entropy", () => {
    const [one, two] = [onlyCommand(client()), onlyCommand(client())];
    expect(one).toEqual(two);
    const options = curveClient({ primitives: nobleCurve, secretKey: CLIENT_SECRET, serverKey: SERVER_KEY });
    const other = options.create(contextOf(), countingEntropy(0x12));
    other.start();
    expect(hex(onlyCommand(other).subarray(80, 112))).not.toBe(hex(one.subarray(80, 112)));
  });
});

describe("a CURVE server refuses", () => {
  it("a HELLO for another server's key", () => {
    const elsewhere = client(contextOf(), nobleCurve.publicKey(counting(32, 7)));
    const b = server();
    expect(failureOf(b, onlyCommand(elsewhere))).toBe("zmtp/curve-wrong-server-key");
    expect(b.takeCommands()).toEqual([]);
  });

  it("a HELLO with a transient key of small order", () => {
    const hello = onlyCommand(client());
    hello.fill(0, 80, 112);
    expect(failureOf(server(), hello)).toBe("zmtp/curve-weak-key");
  });

  it("a HELLO of another version", () => {
    expect(failureOf(server(), flipped(onlyCommand(client()), 6))).toBe("zmtp/curve-version-unsupported");
    expect(failureOf(server(), flipped(onlyCommand(client()), 7))).toBe("zmtp/curve-version-unsupported");
  });

  it("a HELLO that is cut or too long", () => {
    const hello = onlyCommand(client());
    for (const length of [6, 80, 199]) expect(failureOf(server(), hello.slice(0, length))).toBe("zmtp/curve-bad-size");
    expect(failureOf(server(), Uint8Array.from([...hello, 0]))).toBe("zmtp/curve-bad-size");
  });

  it("a HELLO with any bit of key, nonce or box flipped", () => {
    const hello = onlyCommand(client());
    for (const at of [80, 110, 112, 119, 120, 135, 136, 199]) {
      expect(failureOf(server(), flipped(hello, at)), `at ${at}`).toBe("zmtp/curve-wrong-server-key");
    }
  });

  it("a HELLO that comes twice, an INITIATE that comes first, and what has no name", () => {
    const { hello, initiate } = handshake().commands;
    const b = server();
    b.receive(hello);
    expect(failureOf(b, hello)).toBe("zmtp/unexpected-command");
    expect(failureOf(server(), initiate)).toBe("zmtp/unexpected-command");
    for (const odd of ["", "\0", "\x05", "\x05HELL", "\xffHELLO", "\x04PING\0\0"]) {
      const command = Uint8Array.from(odd, (char) => char.charCodeAt(0));
      expect(failureOf(server(), command)).toBe("zmtp/unexpected-command");
    }
  });

  const initiated = (): [b: ReturnType<typeof server>, initiate: Uint8Array] => {
    const [a, b] = [client(), server()];
    b.receive(onlyCommand(a));
    a.receive(onlyCommand(b));
    return [b, onlyCommand(a)];
  };

  it("a cookie that is not its own, and one of another connection", () => {
    for (const at of [9, 24, 25, 41, 104]) {
      const [b, initiate] = initiated();
      expect(failureOf(b, flipped(initiate, at)), `at ${at}`).toBe("zmtp/curve-bad-cookie");
    }
    const [, elsewhere] = initiated();
    const b = server(contextOf(), countingEntropy(0x77));
    b.receive(onlyCommand(client()));
    expect(failureOf(b, elsewhere)).toBe("zmtp/curve-bad-cookie");
  });

  it("an INITIATE whose nonce or box was changed", () => {
    for (const at of [105, 112, 113, 128, 129, 161, 257]) {
      const [b, initiate] = initiated();
      expect(failureOf(b, flipped(initiate, at)), `at ${at}`).toBe("zmtp/curve-bad-initiate");
    }
  });

  it("an INITIATE that is cut, or that has more metadata than is taken", () => {
    for (const length of [9, 105, 256]) {
      const [b, initiate] = initiated();
      expect(failureOf(b, initiate.slice(0, length))).toBe("zmtp/curve-bad-size");
    }
    const b = server(contextOf({ maxMetadataBytes: metadataOf("DEALER").length - 1 }));
    const a = client();
    b.receive(onlyCommand(a));
    a.receive(onlyCommand(b));
    expect(failureOf(b, onlyCommand(a))).toBe("zmtp/curve-bad-size");
  });

  it("metadata that the session refuses, before it asks anybody or says READY", () => {
    const refusal = new ProtocolError({ code: "zmtp/x", side: "remote", fatal: true, found: "a", expected: "b" });
    const checkPeer = (): never => {
      throw refusal;
    };
    const [a, b] = [client(), server(contextOf({ asksWho: true, checkPeer }))];
    b.receive(onlyCommand(a));
    a.receive(onlyCommand(b));
    expect(failureOf(b, onlyCommand(a))).toBe("zmtp/x");
    expect(b.takeCommands()).toEqual([]);
  });

  it("anything while the decision is awaited", () => {
    const [a, b] = [client(), server(asking)];
    b.receive(onlyCommand(a));
    a.receive(onlyCommand(b));
    const initiate = onlyCommand(a);
    b.receive(initiate);
    b.takeOutcome();
    expect(failureOf(b, initiate)).toBe("zmtp/unexpected-command");
    b.decide(LET_IN);
    expect([b.takeOutcome(), b.takeCommands()]).toEqual([undefined, []]);
  });
});

describe("a CURVE client refuses", () => {
  const welcomed = (): [a: ReturnType<typeof client>, welcome: Uint8Array] => {
    const [a, b] = [client(), server()];
    b.receive(onlyCommand(a));
    return [a, onlyCommand(b)];
  };

  it("a WELCOME of a server that has not the key", () => {
    for (const at of [8, 23, 24, 40, 72, 167]) {
      const [a, welcome] = welcomed();
      expect(failureOf(a, flipped(welcome, at)), `at ${at}`).toBe("zmtp/curve-wrong-server-key");
      expect(a.takeCommands()).toEqual([]);
    }
  });

  it("a WELCOME or a READY of the wrong length", () => {
    const [a, welcome] = welcomed();
    expect(failureOf(a, welcome.slice(0, 167))).toBe("zmtp/curve-bad-size");
    const [b, again] = welcomed();
    expect(failureOf(b, Uint8Array.from([...again, 0]))).toBe("zmtp/curve-bad-size");
    const { ready } = handshake().commands;
    const [c, last] = welcomed();
    c.receive(last);
    expect(failureOf(c, ready.slice(0, 29))).toBe("zmtp/curve-bad-size");
  });

  it("a READY that does not open, is early, or comes twice", () => {
    const { welcome, ready } = handshake().commands;
    for (const at of [6, 13, 14, 29, 30]) {
      const a = client();
      a.receive(welcome);
      expect(failureOf(a, flipped(ready, at)), `at ${at}`).toBe("zmtp/curve-bad-ready");
    }
    expect(failureOf(client(), ready)).toBe("zmtp/unexpected-command");
    const done = handshake().client;
    done.takeOutcome();
    expect(outcomeOf(done, ready)).toBeUndefined();
  });

  it("a server key of small order, before anything is sent", () => {
    const options = { primitives: nobleCurve, secretKey: CLIENT_SECRET, serverKey: new Uint8Array(32) };
    expect(codeOf(() => curveClient(options))).toBe("zmtp/curve-weak-server-key");
    expect(codeOf(() => curveClient({ ...options, serverKey: new Uint8Array(31) }))).toBe("curve/wrong-size");
    expect(codeOf(() => curveServer({ ...options, secretKey: new Uint8Array(31) }))).toBe("curve/wrong-size");
  });
});
