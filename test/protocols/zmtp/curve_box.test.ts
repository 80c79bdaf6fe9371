import { describe, expect, it } from "vitest";
import { CurveBox } from "../../../src/protocols/zmtp/curve_box.ts";
import { nobleCurve } from "../../../src/sockets/noble_curve.ts";
import { hex } from "../../hex.ts";
import { codeOf, counting, flipped, handshake } from "./curve_pair.ts";

function boxes(): [client: CurveBox, server: CurveBox] {
  const { client, server } = handshake();
  return [client.box as CurveBox, server.box as CurveBox];
}

/** A box whose next nonce is `nextNonce`, with the key of all tests. */
function boxAt(role: "client" | "server", nextNonce: number, lastNonce = 0): CurveBox {
  const last = new Uint8Array(8);
  new DataView(last.buffer).setBigUint64(0, BigInt(lastNonce));
  return new CurveBox({ primitives: nobleCurve, role, key: counting(32, 1), nextNonce, lastNonce: last });
}

describe("a CURVE box", () => {
  it("counts on from the handshake: 3 for a client, 2 for a server", () => {
    const [a, b] = boxes();
    const nonces = (box: CurveBox): string[] => [0, 1].map(() => hex(box.seal(0, new Uint8Array()).subarray(0, 16)));
    expect(nonces(a)).toEqual(["074d4553534147450000000000000003", "074d4553534147450000000000000004"]);
    expect(nonces(b)).toEqual(["074d4553534147450000000000000002", "074d4553534147450000000000000003"]);
  });

  it.each([0, 1, 255, 256, 70_000])("carries %i octets and their flags both ways, 33 octets longer", (length) => {
    const [a, b] = boxes();
    const body = counting(length, 5);
    for (const flags of [0, 1, 2]) {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const sealed = from.seal(flags, body);
        expect(sealed.length).toBe(length + 33);
        const opened = to.open(sealed);
        expect(opened.flags).toBe(flags);
        expect(hex(opened.body)).toBe(hex(body));
      }
    }
  });

  it("clears flags that nobody knows", () => {
    const [a, b] = boxes();
    expect(b.open(a.seal(0xfd, counting(2, 1))).flags).toBe(1);
  });

  it("takes a greater nonce, not only the next, and never one twice", () => {
    const [a, b] = boxes();
    const [first, second, third] = [0, 1, 2].map((i) => a.seal(0, Uint8Array.of(i)));
    expect(b.open(second!).body).toEqual(Uint8Array.of(1));
    expect(codeOf(() => b.open(second!))).toBe("zmtp/curve-replayed-nonce");
    expect(codeOf(() => b.open(first!))).toBe("zmtp/curve-replayed-nonce");
    expect(b.open(third!).body).toEqual(Uint8Array.of(2));
  });

  it("refuses the nonces of the handshake", () => {
    const [sender, receiver] = [boxAt("client", 1), boxAt("server", 2, 2)];
    expect(codeOf(() => receiver.open(sender.seal(0, new Uint8Array())))).toBe("zmtp/curve-replayed-nonce");
    expect(codeOf(() => receiver.open(sender.seal(0, new Uint8Array())))).toBe("zmtp/curve-replayed-nonce");
    expect(receiver.open(sender.seal(0, new Uint8Array())).body.length).toBe(0);
  });

  it("counts in 64 bits", () => {
    const low = 0xffff_ffff;
    const [sender, receiver] = [boxAt("client", low), boxAt("server", 2, 2)];
    const sealed = [0, 1].map((i) => sender.seal(0, Uint8Array.of(i)));
    expect(sealed.map((one) => hex(one.subarray(8, 16)))).toEqual(["00000000ffffffff", "0000000100000000"]);
    for (const [i, one] of sealed.entries()) expect(receiver.open(one).body).toEqual(Uint8Array.of(i));
    expect(codeOf(() => receiver.open(sealed[0]!))).toBe("zmtp/curve-replayed-nonce");
  });

  it("advances only behind a tag that holds: a stranger can't push the count", () => {
    const [a, b] = boxes();
    const sealed = a.seal(0, counting(40, 1));
    for (const at of [8, 11, 15, 16, 31, 32, 33, 72]) {
      expect(
        codeOf(() => b.open(flipped(sealed, at, 7))),
        `at ${at}`,
      ).toBe("zmtp/curve-bad-tag");
    }
    expect(b.open(sealed).body).toEqual(counting(40, 1));
  });

  it("does not take its own message back", () => {
    const [a, b] = boxes();
    for (const sealed of [a.seal(0, counting(3, 1)), a.seal(0, counting(3, 1))]) {
      expect(codeOf(() => a.open(sealed))).toBe("zmtp/curve-bad-tag");
      b.open(sealed);
    }
  });

  it("refuses what is unsealed, cut, or another command", () => {
    const [a, b] = boxes();
    const sealed = a.seal(0, new Uint8Array());
    expect(codeOf(() => b.open(new Uint8Array()))).toBe("zmtp/curve-not-a-message");
    expect(codeOf(() => b.open(counting(60, 0)))).toBe("zmtp/curve-not-a-message");
    expect(codeOf(() => b.open(flipped(sealed, 1)))).toBe("zmtp/curve-not-a-message");
    for (const length of [8, 16, 32]) expect(codeOf(() => b.open(sealed.slice(0, length)))).toBe("zmtp/curve-bad-size");
    expect(b.open(sealed).body).toEqual(new Uint8Array());
  });

  it("leaves the sealed octets and the plain ones as they were", () => {
    const [a, b] = boxes();
    const body = counting(50, 1);
    const sealed = a.seal(1, body);
    const before = sealed.slice();
    b.open(sealed);
    expect(sealed).toEqual(before);
    expect(body).toEqual(counting(50, 1));
  });
});

describe("closing", () => {
  it("wipes the key of the traffic, and nothing is sealed with a key that everybody knows", () => {
    const key = counting(32, 1);
    const box = new CurveBox({
      primitives: nobleCurve,
      role: "client",
      key,
      nextNonce: 3,
      lastNonce: new Uint8Array(8),
    });
    const sealed = boxAt("server", 2).seal(0, new Uint8Array());
    box.close();
    box.close();
    expect(key).toEqual(new Uint8Array(32));
    expect(codeOf(() => box.seal(0, counting(3, 1)))).toBe("zmtp/curve-closed");
    expect(codeOf(() => box.open(sealed))).toBe("zmtp/curve-closed");
  });

  it("ends both mechanisms in any state", () => {
    const { client, server, commands } = handshake();
    for (const [mechanism, command] of [
      [client, commands.ready],
      [server, commands.hello],
    ] as const) {
      mechanism.takeOutcome();
      mechanism.close();
      mechanism.close();
      mechanism.receive(command);
      expect([mechanism.takeOutcome(), mechanism.takeCommands()]).toEqual([undefined, []]);
      expect(codeOf(() => mechanism.box!.seal(0, new Uint8Array()))).toBe("zmtp/curve-closed");
    }
  });
});
