/** Random messages, properties and greetings, cut anywhere. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { curveClient, curveServer } from "../../../src/protocols/zmtp/curve_security.ts";
import { encodeMessage } from "../../../src/protocols/zmtp/encode_message.ts";
import { decodeGreeting, encodeGreeting, kindOfStart } from "../../../src/protocols/zmtp/greeting.ts";
import { decodeMetadata, encodeMetadata } from "../../../src/protocols/zmtp/metadata.ts";
import type { ZmtpSession } from "../../../src/protocols/zmtp/session.ts";
import type { Message, SecurityOptions } from "../../../src/protocols/zmtp/session_types.ts";
import { nobleCurve } from "../../../src/sockets/noble_curve.ts";
import { CLIENT_SECRET, countingEntropy, SERVER_KEY, SERVER_SECRET } from "./curve_pair.ts";
import { bytes, hex, joined, optionsOf, SessionPair } from "./session_pair.ts";

const part = fc.oneof(
  { weight: 8, arbitrary: fc.uint8Array({ maxLength: 60 }) },
  // Around the borders of one octet of length, of copying, and of what the scanner's window holds.
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(254, 255, 256, 2_047, 2_048, 16_383, 16_384, 16_385, 65_527, 65_536)
      .map((length) => new Uint8Array(length).fill(length & 0xff)),
  },
);
const message = fc.array(part, { minLength: 1, maxLength: 5 });
/** What each side does, in an order. */
const step = fc.record({
  side: fc.constantFrom("left" as const, "right" as const),
  message,
  how: fc.constantFrom("send" as const, "encoded" as const),
});
const steps = fc.array(step, { minLength: 1, maxLength: 12 });
const cuts = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 20 });

const SECURITIES: Record<string, () => [SecurityOptions, SecurityOptions]> = {
  NULL: () => [{ mechanism: "NULL" }, { mechanism: "NULL" }],
  PLAIN: () => [
    { mechanism: "PLAIN", role: "client", username: bytes("u"), password: bytes("p") },
    { mechanism: "PLAIN", role: "server" },
  ],
  CURVE: () => [
    curveClient({ primitives: nobleCurve, secretKey: CLIENT_SECRET, serverKey: SERVER_KEY }),
    curveServer({ primitives: nobleCurve, secretKey: SERVER_SECRET }),
  ],
};

/** Carries everything both ways, in pieces of the sizes given, over and over. */
function carry(pair: SessionPair, sizes: readonly number[], got: Record<"left" | "right", Message[]>): void {
  let next = 0;
  for (let moved = true; moved; ) {
    moved = false;
    for (const [from, to, side] of [
      [pair.left, pair.right, "right"],
      [pair.right, pair.left, "left"],
    ] as const) {
      const stream = joined(from.takeOutput());
      for (let at = 0; at < stream.length; moved = true) {
        const size = sizes[next++ % sizes.length]!;
        to.receive(stream.slice(at, at + size), 0);
        at += size;
        got[side].push(...to.takeMessages(3));
      }
    }
  }
  got.left.push(...pair.left.takeMessages(1_000));
  got.right.push(...pair.right.takeMessages(1_000));
}

function send(session: ZmtpSession, parts: Message, how: "send" | "encoded"): void {
  if (how === "send" || session.framing === undefined) session.send(parts);
  else session.sendEncoded(encodeMessage(parts, session.framing));
}

const text = (messages: readonly (readonly Uint8Array[])[]): string => {
  // A body of 64 KiB in hexadecimal is long; its length and ends say as much here, since its octets are all alike.
  const short = (body: Uint8Array): string =>
    body.length <= 60 ? hex(body) : `${body.length}:${body[0]}:${body.at(-1)}`;
  return messages.map((parts) => parts.map(short).join(",")).join(" ");
};

describe("two sessions", () => {
  it.each([
    ["NULL", 150],
    ["PLAIN", 60],
    ["CURVE", 30],
  ])("%s: carry random messages both ways, whole and in order, in random pieces", (mechanism, numRuns) => {
    fc.assert(
      fc.property(steps, cuts, (todo, sizes) => {
        const [left, right] = SECURITIES[mechanism]!();
        const pair = new SessionPair(
          optionsOf({ socketType: "DEALER", security: left, entropy: countingEntropy(1) }),
          optionsOf({ socketType: "DEALER", security: right, entropy: countingEntropy(2) }),
        );
        const got: Record<"left" | "right", Message[]> = { left: [], right: [] };
        carry(pair, sizes, got);
        expect([pair.left.state, pair.right.state]).toEqual(["ready", "ready"]);
        for (const { side, message: parts, how } of todo) send(pair[side], parts, how);
        carry(pair, sizes, got);
        const sentBy = (side: "left" | "right"): Message[] =>
          todo.filter((one) => one.side === side).map((one) => one.message);
        expect(text(got.right)).toBe(text(sentBy("left")));
        expect(text(got.left)).toBe(text(sentBy("right")));
        expect([pair.left.heldBytes, pair.right.heldBytes]).toEqual([0, 0]);
      }),
      { numRuns, seed: 11 },
    );
  });

  it.each(Object.keys(SECURITIES))("%s: shake hands and talk wherever the stream is split", (mechanism) => {
    const talk = (split: number): string => {
      const [left, right] = SECURITIES[mechanism]!();
      const pair = new SessionPair(
        optionsOf({ socketType: "PUSH", security: left, entropy: countingEntropy(1) }),
        optionsOf({ socketType: "PULL", security: right, entropy: countingEntropy(2) }),
      );
      let seen = 0;
      const got: string[] = [];
      // The left side's stream is cut once, behind `split` octets.
      for (let turn = 0; turn < 8; turn++) {
        const stream = joined(pair.left.takeOutput());
        const at = Math.max(0, Math.min(stream.length, split - seen));
        seen += stream.length;
        for (const piece of [stream.slice(0, at), stream.slice(at)]) if (piece.length > 0) pair.right.receive(piece, 0);
        for (const piece of pair.right.takeOutput()) pair.left.receive(piece.slice(), 0);
        if (turn === 4) pair.left.send([bytes("a"), new Uint8Array(300), new Uint8Array(0)]);
        got.push(text(pair.right.takeMessages(9)));
      }
      return `${pair.left.state} ${pair.right.state} ${got.join("|")} ${seen}`;
    };
    const whole = talk(0);
    expect(whole).toMatch(/^ready ready .*300:0:0/);
    const streamBytes = Number(whole.split(" ").at(-1));
    // A handshake of CURVE takes 30 ms: every split of its 1,100 octets would take too long, so the borders and every 37th.
    const isTried = (split: number): boolean => mechanism !== "CURVE" || split % 37 === 0 || split < 70;
    for (let split = 1; split < streamBytes; split++) if (isTried(split)) expect(talk(split)).toBe(whole);
  });
});

describe("metadata", () => {
  const name = fc.stringMatching(/^[A-Za-z0-9\-_.+]{1,255}$/);
  const properties = fc.array(fc.record({ name, value: fc.uint8Array({ maxLength: 70 }) }), { maxLength: 6 });

  it("comes back as it went out", () => {
    fc.assert(
      fc.property(properties, (metadata) => {
        expect(decodeMetadata(encodeMetadata(metadata), 1_000_000)).toEqual(metadata);
      }),
      { seed: 3 },
    );
  });

  it("of any octets is read whole or refused with a code, and read the same twice", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
        let decoded: ReturnType<typeof decodeMetadata>;
        try {
          decoded = decodeMetadata(octets, 30);
        } catch (error) {
          expect(error).toMatchObject({
            side: "remote",
            code: expect.stringMatching(/^zmtp\/(bad-metadata|metadata-too-large)$/),
          });
          return;
        }
        expect(hex(encodeMetadata(decoded))).toBe(hex(octets));
      }),
      { seed: 4, numRuns: 2_000 },
    );
  });

  it("is refused with any octet missing or one too many", () => {
    const whole = encodeMetadata([
      { name: "Socket-Type", value: bytes("PUSH") },
      { name: "Identity", value: bytes("x") },
    ]);
    const borders = new Set([0, encodeMetadata([{ name: "Socket-Type", value: bytes("PUSH") }]).length]);
    for (let end = 0; end < whole.length; end++) {
      if (borders.has(end)) continue;
      expect(() => decodeMetadata(whole.subarray(0, end), 1_000), `${end}`).toThrowError(/bad-metadata|octets/);
    }
    expect(() => decodeMetadata(joined([whole, Uint8Array.of(1)]), 1_000)).toThrowError();
  });
});

describe("greetings", () => {
  it("are read whatever their padding, as-server, filler and minor version are", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        fc.integer({ min: 3, max: 255 }),
        fc.nat(255),
        fc.nat(255),
        fc.uint8Array({ minLength: 31, maxLength: 31 }),
        fc.constantFrom("NULL" as const, "PLAIN" as const, "CURVE" as const),
        (padding, major, minor, asServer, filler, mechanism) => {
          const greeting = encodeGreeting(mechanism, 0);
          greeting.set(padding, 1);
          greeting.set([major, minor], 10);
          greeting[32] = asServer;
          greeting.set(filler, 33);
          for (let seen = 0; seen <= 10; seen++) expect(kindOfStart(greeting.subarray(0, seen))).toBe("short");
          for (let seen = 11; seen <= 64; seen++) expect(kindOfStart(greeting.subarray(0, seen))).toBe("v3");
          expect(decodeGreeting(greeting)).toEqual({ major, minor, mechanism });
        },
      ),
      { seed: 6 },
    );
  });

  it("name a mechanism of A-Z 0-9 - _ . + padded with zeros, and no other", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.nat(20), (field, zeros) => {
        field.fill(0, 20 - zeros);
        const greeting = encodeGreeting("NULL", 0);
        greeting.set(field, 12);
        const isName = /^[A-Z0-9\-_.+]+\0*$/.test(String.fromCharCode(...field));
        if (isName) expect(decodeGreeting(greeting).mechanism.length).toBeGreaterThan(0);
        else
          expect(() => decodeGreeting(greeting)).toThrowError(expect.objectContaining({ code: "zmtp/bad-mechanism" }));
      }),
      { seed: 7, numRuns: 500 },
    );
    const longest = encodeGreeting("NULL", 0);
    longest.set(bytes("ABCDEFGHIJKLMNO-_.+0"), 12);
    expect(decodeGreeting(longest).mechanism).toBe("ABCDEFGHIJKLMNO-_.+0");
  });

  it("have the identity's length where a peer of 1.0 reads it", () => {
    expect(hex(encodeGreeting("NULL", 0).subarray(0, 12))).toBe("ff00000000000000017f0301");
    expect(hex(encodeGreeting("PLAIN", 255).subarray(0, 18))).toBe(`ff00000000000001007f0301${hex(bytes("PLAIN"))}00`);
  });
});
