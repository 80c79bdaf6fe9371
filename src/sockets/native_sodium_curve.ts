import { ProtocolError } from "../core/protocol_error.ts";
import type { CurvePrimitives } from "../ports/curve_primitives.ts";
import { expectBytes, expectTagRoom, KEY_BYTES, NONCE_BYTES, TAG_BYTES } from "./curve_sizes.ts";
import { nobleCurve } from "./noble_curve.ts";

/** What is used of `sodium-native`. */
export interface NativeSodium {
  /** Seals; the plain bytes may be those behind the tag of the box itself. */
  crypto_secretbox_easy(box: Uint8Array, plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): void;
  /** False when the tag does not fit. */
  crypto_secretbox_open_easy(plain: Uint8Array, box: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean;
}

/**
 * The primitives of CURVE with the ciphers of a native libsodium that the caller has loaded: four times as fast as
 * {@linkcode sodiumCurve} from some kilobytes on, where the machine has a binary for it. Keys, a few for each connection, are those
 * of {@linkcode nobleCurve}.
 *
 * @param sodium the package `sodium-native`, which the kit does not name: who does not want it does not carry it
 * @example
 * ```ts
 * import { type NativeSodium, nativeSodiumCurve } from "tidewire/zmtp";
 * // In earnest: import sodium from "sodium-native"; and { curvePrimitives: nativeSodiumCurve(sodium) } for a socket.
 * const sodium = { crypto_secretbox_easy() {}, crypto_secretbox_open_easy: () => false } as NativeSodium;
 * nativeSodiumCurve(sodium).open(new Uint8Array(17), new Uint8Array(24), new Uint8Array(32)); // undefined
 * ```
 */
export function nativeSodiumCurve(sodium: NativeSodium): CurvePrimitives {
  return {
    publicKey: nobleCurve.publicKey,
    sharedKey: nobleCurve.sharedKey,

    seal(box, nonce, key) {
      expectTagRoom(box);
      expectBytes("a nonce", nonce, NONCE_BYTES);
      expectBytes("a key", key, KEY_BYTES);
      try {
        sodium.crypto_secretbox_easy(box, box.subarray(TAG_BYTES), nonce, key);
      } catch (cause) {
        throw sealFailed(box.length, cause);
      }
    },

    open(box, nonce, key) {
      expectBytes("a nonce", nonce, NONCE_BYTES);
      expectBytes("a key", key, KEY_BYTES);
      if (box.length < TAG_BYTES) return undefined;
      const plain = new Uint8Array(box.length - TAG_BYTES);
      return sodium.crypto_secretbox_open_easy(plain, box, nonce, key) ? plain : undefined;
    },
  };
}

function sealFailed(boxBytes: number, cause: unknown): ProtocolError {
  return new ProtocolError({
    code: "curve/seal-failed",
    side: "local",
    found: `${cause} with a box of ${boxBytes} bytes`,
    expected: "a libsodium that works",
  });
}
