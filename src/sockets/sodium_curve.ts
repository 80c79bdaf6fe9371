import { ProtocolError } from "../core/protocol_error.ts";
import type { CurvePrimitives } from "../ports/curve_primitives.ts";
import { expectBytes, expectTagRoom, KEY_BYTES, NONCE_BYTES, TAG_BYTES } from "./curve_sizes.ts";

/** What is used of `libsodium-wrappers` (or `libsodium-wrappers-sumo`): an instance whose `ready` has resolved. */
export interface SodiumBox {
  crypto_scalarmult_base(privateKey: Uint8Array): Uint8Array;
  crypto_box_beforenm(publicKey: Uint8Array, privateKey: Uint8Array): Uint8Array;
  crypto_box_easy_afternm(message: Uint8Array, nonce: Uint8Array, sharedKey: Uint8Array): Uint8Array;
  crypto_box_open_easy_afternm(ciphertext: Uint8Array, nonce: Uint8Array, sharedKey: Uint8Array): Uint8Array;
}

/**
 * The primitives of CURVE on a libsodium that the caller has loaded, compiled to WebAssembly: the faster ones. The kit
 * names no package for it, so that who does not want it does not carry it.
 *
 * @param sodium after `await sodium.ready`
 * @example
 * ```ts
 * import { nobleCurve, type SodiumBox, sodiumCurve } from "tidewire/zmtp";
 * // In earnest: import sodium from "libsodium-wrappers"; await sodium.ready;
 * const sodium = { crypto_scalarmult_base: nobleCurve.publicKey } as SodiumBox;
 * sodiumCurve(sodium).publicKey(new Uint8Array(32)); // 32 bytes
 * ```
 */
export function sodiumCurve(sodium: SodiumBox): CurvePrimitives {
  return {
    publicKey(secretKey) {
      expectBytes("a secret key", secretKey, KEY_BYTES);
      return sodium.crypto_scalarmult_base(secretKey);
    },

    sharedKey(publicKey, secretKey) {
      expectBytes("a public key", publicKey, KEY_BYTES);
      expectBytes("a secret key", secretKey, KEY_BYTES);
      try {
        return sodium.crypto_box_beforenm(publicKey, secretKey);
      } catch {
        // The sizes are right, so the public key is of small order.
        return undefined;
      }
    },

    seal(box, nonce, key) {
      expectTagRoom(box);
      expectBytes("a nonce", nonce, NONCE_BYTES);
      expectBytes("a key", key, KEY_BYTES);
      try {
        box.set(sodium.crypto_box_easy_afternm(box.subarray(TAG_BYTES), nonce, key));
      } catch (cause) {
        throw sealFailed(box.length, cause);
      }
    },

    open(box, nonce, key) {
      expectBytes("a nonce", nonce, NONCE_BYTES);
      expectBytes("a key", key, KEY_BYTES);
      if (box.length < TAG_BYTES) return undefined;
      try {
        return sodium.crypto_box_open_easy_afternm(box, nonce, key);
      } catch {
        return undefined;
      }
    },
  };
}

function sealFailed(boxBytes: number, cause: unknown): ProtocolError {
  return new ProtocolError({
    code: "curve/seal-failed",
    side: "local",
    found: `${cause} with a box of ${boxBytes} bytes`,
    expected: "memory for it",
  });
}
