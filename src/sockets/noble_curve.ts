import { hsalsa, xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { x25519 } from "@noble/curves/ed25519.js";
import type { CurvePrimitives } from "../ports/curve_primitives.ts";
import { expectBytes, expectTagRoom, KEY_BYTES, NONCE_BYTES, TAG_BYTES } from "./curve_sizes.ts";

/** Salsa20's constant, as words in the machine's own order. */
const SIGMA = words(new TextEncoder().encode("expand 32-byte k"));

/**
 * The primitives of CURVE in plain JavaScript, on `@noble/ciphers` and `@noble/curves`: they run wherever the kit runs
 * and need no loading. For large messages {@linkcode sodiumCurve} is two to four times as fast.
 *
 * @example
 * ```ts
 * import { nobleCurve } from "tidewire/zmtp";
 * const ours = new Uint8Array(32).fill(1); // in earnest: 32 random bytes
 * const theirs = nobleCurve.publicKey(new Uint8Array(32).fill(2));
 * const key = nobleCurve.sharedKey(theirs, ours)!;
 * const box = new Uint8Array(16 + 5); // room for the tag, then the plain bytes
 * nobleCurve.seal(box, new Uint8Array(24), key);
 * nobleCurve.open(box, new Uint8Array(24), key); // Uint8Array [0, 0, 0, 0, 0]
 * ```
 */
export const nobleCurve: CurvePrimitives = {
  publicKey(secretKey) {
    expectBytes("a secret key", secretKey, KEY_BYTES);
    return x25519.getPublicKey(secretKey);
  },

  sharedKey(publicKey, secretKey) {
    expectBytes("a public key", publicKey, KEY_BYTES);
    expectBytes("a secret key", secretKey, KEY_BYTES);
    let secret: Uint8Array;
    try {
      secret = x25519.getSharedSecret(secretKey, publicKey);
    } catch {
      // The sizes are right, so the public key is of small order.
      return undefined;
    }
    const key = new Uint32Array(KEY_BYTES / 4);
    hsalsa(SIGMA, words(secret), new Uint32Array(4), key);
    secret.fill(0);
    return new Uint8Array(key.buffer);
  },

  seal(box, nonce, key) {
    expectTagRoom(box);
    expectBytes("a nonce", nonce, NONCE_BYTES);
    expectBytes("a key", key, KEY_BYTES);
    box.set(xsalsa20poly1305(key, nonce).encrypt(box.subarray(TAG_BYTES)));
  },

  open(box, nonce, key) {
    expectBytes("a nonce", nonce, NONCE_BYTES);
    expectBytes("a key", key, KEY_BYTES);
    if (box.length < TAG_BYTES) return undefined;
    try {
      return xsalsa20poly1305(key, nonce).decrypt(box);
    } catch {
      return undefined;
    }
  },
};

/** The same bytes as 32-bit words; a copy, because a view must be aligned. */
function words(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.slice().buffer);
}
