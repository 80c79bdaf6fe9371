import sodium from "libsodium-wrappers";
import { beforeAll, describe, expect, it } from "vitest";
import { ProtocolError } from "../../src/core/protocol_error.ts";
import type { CurvePrimitives } from "../../src/ports/curve_primitives.ts";
import { type NativeSodium, nativeSodiumCurve } from "../../src/sockets/native_sodium_curve.ts";
import { nobleCurve } from "../../src/sockets/noble_curve.ts";
import { sodiumCurve } from "../../src/sockets/sodium_curve.ts";
import type { SodiumModule } from "../../src/sockets/sodium_memory.ts";
import { importPeer } from "../bench/measure.ts";
import { hex, unhex } from "../hex.ts";

/** "Cryptography in NaCl" (Bernstein, 2009), the running example of its sections 2 to 10. */
const NACL = {
  aliceSecret: "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
  alicePublic: "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
  bobSecret: "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
  bobPublic: "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
  shared: "1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389",
  nonce: "69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37",
  plain: `be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f4
    1db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a0
    89bc76897040e082f937763848645e0705`,
  box: `f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4d
    a7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b
    61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5`,
};

/** Not among the packages that are installed with the kit's own: a machine may have no binary for it. */
const native = (await importPeer("sodium-native")) as { default: NativeSodium } | null;

const suites: [name: string, make: (() => CurvePrimitives) | null][] = [
  ["noble", () => nobleCurve],
  ["libsodium", () => sodiumCurve(sodium)],
  ["libsodium by its wrapper", () => sodiumCurve({ ...sodium, libsodium: undefined as never })],
  ["native libsodium", native && (() => nativeSodiumCurve(native.default))],
];

beforeAll(() => sodium.ready);

/** What the wrapper wraps, which its types don't tell of, with some of its functions replaced. */
function moduleWith(others: Partial<SodiumModule>): SodiumModule {
  const { libsodium } = sodium as unknown as { readonly libsodium: SodiumModule };
  return Object.assign(Object.create(libsodium) as SodiumModule, others);
}

function counting(length: number, first: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => first + i * 7);
}

function sealed(curve: CurvePrimitives, plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  const box = new Uint8Array(16 + plain.length).fill(0xee, 0, 16);
  box.set(plain, 16);
  curve.seal(box, nonce, key);
  return box;
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError && error.side === "local") return error.code;
    throw error;
  }
  return "nothing thrown";
}

for (const [name, made] of suites)
  describe.skipIf(made === null)(`CURVE primitives on ${name}`, () => {
    const make = (): CurvePrimitives => made!();

    it("makes the keys of the NaCl paper", () => {
      expect(hex(make().publicKey(unhex(NACL.aliceSecret)))).toBe(NACL.alicePublic);
      expect(hex(make().publicKey(unhex(NACL.bobSecret)))).toBe(NACL.bobPublic);
    });

    it("agrees on the shared key of the NaCl paper from both sides", () => {
      expect(hex(make().sharedKey(unhex(NACL.bobPublic), unhex(NACL.aliceSecret))!)).toBe(NACL.shared);
      expect(hex(make().sharedKey(unhex(NACL.alicePublic), unhex(NACL.bobSecret))!)).toBe(NACL.shared);
    });

    it("seals and opens the box of the NaCl paper", () => {
      const [plain, nonce, key] = [unhex(NACL.plain), unhex(NACL.nonce), unhex(NACL.shared)];
      expect(hex(sealed(make(), plain, nonce, key))).toBe(hex(unhex(NACL.box)));
      expect(hex(make().open(unhex(NACL.box), nonce, key)!)).toBe(hex(plain));
    });

    it("seals an empty plain text to its tag", () => {
      const [nonce, key] = [unhex(NACL.nonce), unhex(NACL.shared)];
      const box = sealed(make(), new Uint8Array(), nonce, key);
      expect(box.length).toBe(16);
      expect(make().open(box, nonce, key)).toEqual(new Uint8Array());
    });

    it("opens nothing when any bit of tag, text, nonce or key differs", () => {
      const [nonce, key] = [unhex(NACL.nonce), unhex(NACL.shared)];
      const box = sealed(make(), counting(5, 1), nonce, key);
      const flipped = (bytes: Uint8Array, at: number, bit: number): Uint8Array =>
        bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte));
      for (let at = 0; at < box.length; at++) {
        for (let bit = 0; bit < 8; bit++) expect(make().open(flipped(box, at, bit), nonce, key)).toBeUndefined();
      }
      for (let at = 0; at < 24; at++) expect(make().open(box, flipped(nonce, at, 0), key)).toBeUndefined();
      for (let at = 0; at < 32; at++) expect(make().open(box, nonce, flipped(key, at, 7))).toBeUndefined();
    });

    it("opens nothing that is shorter than a tag", () => {
      for (let length = 0; length < 16; length++) {
        expect(make().open(new Uint8Array(length), new Uint8Array(24), new Uint8Array(32))).toBeUndefined();
      }
    });

    it("has no shared key with a point of small order", () => {
      const weak = ["00".repeat(32), `01${"00".repeat(31)}`, `ec${"ff".repeat(30)}7f`, `ed${"ff".repeat(30)}7f`];
      for (const point of weak) expect(make().sharedKey(unhex(point), unhex(NACL.aliceSecret)), point).toBeUndefined();
    });

    it("leaves what it is given as it was, and hands out bytes of its own", () => {
      const [nonce, key] = [unhex(NACL.nonce), unhex(NACL.shared)];
      const box = sealed(make(), counting(300, 9), nonce, key);
      const before = box.slice();
      const plain = make().open(box, nonce, key)!;
      expect([hex(box), hex(nonce), hex(key)]).toEqual([hex(before), NACL.nonce, NACL.shared]);
      expect(plain.buffer).not.toBe(box.buffer);
    });

    it("refuses wrong sizes with a coded error, never the library's own", () => {
      const curve = make();
      const [key, nonce] = [new Uint8Array(32), new Uint8Array(24)];
      for (const length of [0, 31, 33]) {
        const odd = new Uint8Array(length);
        expect(codeOf(() => curve.publicKey(odd))).toBe("curve/wrong-size");
        expect(codeOf(() => curve.sharedKey(odd, key))).toBe("curve/wrong-size");
        expect(codeOf(() => curve.sharedKey(key, odd))).toBe("curve/wrong-size");
        expect(codeOf(() => curve.seal(new Uint8Array(16), nonce, odd))).toBe("curve/wrong-size");
        expect(codeOf(() => curve.open(new Uint8Array(16), nonce, odd))).toBe("curve/wrong-size");
        expect(codeOf(() => curve.seal(new Uint8Array(16), odd, key))).toBe("curve/wrong-size");
        expect(codeOf(() => curve.open(new Uint8Array(16), odd, key))).toBe("curve/wrong-size");
      }
      expect(codeOf(() => curve.seal(new Uint8Array(15), nonce, key))).toBe("curve/wrong-size");
    });
  });

describe("the libraries", () => {
  const lengths = [0, 1, 15, 16, 31, 32, 33, 63, 64, 65, 255, 4_096, 65_537, 262_128, 262_129, 262_145];
  const others = suites.slice(1).flatMap(([name, make]) => (make === null ? [] : [{ name, make }]));
  const pairs = others.flatMap((other) => lengths.map((length) => ({ ...other, length })));

  it.each(pairs)("make the same box of $length bytes: $name", ({ make, length }) => {
    const [a, b] = [nobleCurve, make()];
    const [ours, theirs] = [counting(32, length), counting(32, length + 1)];
    const key = a.sharedKey(b.publicKey(theirs), ours)!;
    expect(hex(b.sharedKey(a.publicKey(ours), theirs)!)).toBe(hex(key));
    const [plain, nonce] = [counting(length, 3), counting(24, 5)];
    const box = sealed(a, plain, nonce, key);
    expect(hex(sealed(b, plain, nonce, key))).toBe(hex(box));
    expect(hex(a.open(box, nonce, key)!)).toBe(hex(plain));
    expect(hex(b.open(box, nonce, key)!)).toBe(hex(plain));
  });

  it("turns a library that has no memory left into a coded error", () => {
    const noMemory = (): never => {
      throw new Error("out of memory");
    };
    const calls = sodiumCurve({ ...sodium, crypto_box_easy_afternm: noMemory, libsodium: undefined as never });
    const full = sodiumCurve({ ...sodium, libsodium: moduleWith({ _malloc: () => 0 }) });
    const [nonce, key] = [new Uint8Array(24), new Uint8Array(32)];
    expect(codeOf(() => calls.seal(new Uint8Array(16), nonce, key))).toBe("curve/seal-failed");
    // The wrapper has its own way to memory.
    expect(codeOf(() => full.seal(new Uint8Array(16), nonce, key))).toBe("nothing thrown");
    const { _malloc } = moduleWith({});
    const small = moduleWith({ _malloc: (bytes) => (bytes > 300_000 ? 0 : _malloc(bytes)) });
    const filling = sodiumCurve({ ...sodium, libsodium: small });
    expect(codeOf(() => filling.seal(new Uint8Array(300_000), nonce, key))).toBe("curve/seal-failed");
    expect(filling.open(new Uint8Array(300_000), nonce, key)).toBeUndefined();
    expect(codeOf(() => filling.seal(new Uint8Array(30_000), nonce, key))).toBe("nothing thrown");
  });

  it("goes by the wrapper where functions on addresses are not what they were", () => {
    const [key, nonce, plain] = [counting(32, 1), counting(24, 2), counting(40, 3)];
    const expected = hex(sealed(nobleCurve, plain, nonce, key));
    const throws = (): never => {
      throw new TypeError("Cannot convert 3 to a BigInt");
    };
    for (const wrong of [throws, () => 0, () => -1]) {
      const curve = sodiumCurve({ ...sodium, libsodium: moduleWith({ _crypto_box_easy_afternm: wrong }) });
      expect(hex(sealed(curve, plain, nonce, key))).toBe(expected);
    }
    const deaf = sodiumCurve({ ...sodium, libsodium: moduleWith({ _crypto_box_open_easy_afternm: () => -1 }) });
    expect(hex(deaf.open(unhex(expected), nonce, key)!)).toBe(hex(plain));
  });

  it("leaves no key in the memory that it took", () => {
    const [key, nonce] = [counting(32, 77), counting(24, 2)];
    const { _malloc } = moduleWith({});
    const taken: [at: number, bytes: number][] = [];
    const watched = moduleWith({
      _malloc(bytes) {
        const at = _malloc(bytes);
        taken.push([at, bytes]);
        return at;
      },
    });
    const curve = sodiumCurve({ ...sodium, libsodium: watched });
    for (const length of [10, 300_000]) {
      const box = sealed(curve, new Uint8Array(length), nonce, key);
      expect(curve.open(box, nonce, key)).toHaveLength(length);
    }
    expect(taken).toHaveLength(3);
    for (const [at, bytes] of taken) expect(Buffer.from(watched.HEAPU8.slice(at, at + bytes)).indexOf(key)).toBe(-1);
  });
});
