import { ProtocolError } from "../core/protocol_error.ts";
import type { CurvePrimitives } from "../ports/curve_primitives.ts";
import { expectBytes, expectTagRoom, KEY_BYTES, NONCE_BYTES, TAG_BYTES } from "./curve_sizes.ts";
import { type SodiumBoxes, SodiumMemory, type SodiumModule } from "./sodium_memory.ts";

/** What is used of `libsodium-wrappers` (or `libsodium-wrappers-sumo`): an instance whose `ready` has resolved. */
export interface SodiumBox {
  crypto_scalarmult_base(privateKey: Uint8Array): Uint8Array;
  crypto_box_beforenm(publicKey: Uint8Array, privateKey: Uint8Array): Uint8Array;
  crypto_box_easy_afternm(message: Uint8Array, nonce: Uint8Array, sharedKey: Uint8Array): Uint8Array;
  crypto_box_open_easy_afternm(ciphertext: Uint8Array, nonce: Uint8Array, sharedKey: Uint8Array): Uint8Array;
  /** What it wraps. It is there, but the package's types don't say so. */
  readonly libsodium?: SodiumModule;
}

/**
 * The primitives of CURVE on a libsodium that the caller has loaded, compiled to WebAssembly: two to three times as fast as
 * {@linkcode nobleCurve}. The kit names no package for it, so that who does not want it does not carry it.
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
  const boxes = boxesOf(sodium);
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
      if (!boxes.seal(box, nonce, key)) throw sealFailed(box.length);
    },

    open(box, nonce, key) {
      expectBytes("a nonce", nonce, NONCE_BYTES);
      expectBytes("a key", key, KEY_BYTES);
      return box.length < TAG_BYTES ? undefined : boxes.open(box, nonce, key);
    },
  };
}

/** The faster way, if it is there and does the same. */
function boxesOf(sodium: SodiumBox): SodiumBoxes {
  const calls = callsOf(sodium);
  if (sodium.libsodium === undefined) return calls;
  const memory = new SodiumMemory(sodium.libsodium);
  return areAlike(memory, calls) ? memory : calls;
}

function callsOf(sodium: SodiumBox): SodiumBoxes {
  return {
    seal(box, nonce, key) {
      try {
        box.set(sodium.crypto_box_easy_afternm(box.subarray(TAG_BYTES), nonce, key));
        return true;
      } catch {
        return false;
      }
    },
    open(box, nonce, key) {
      try {
        return sodium.crypto_box_open_easy_afternm(box, nonce, key);
      } catch {
        return undefined;
      }
    },
  };
}

/** Functions on addresses are nothing that the package promises: the next one may take lengths in another way. */
function areAlike(a: SodiumBoxes, b: SodiumBoxes): boolean {
  const [nonce, key] = [new Uint8Array(NONCE_BYTES).fill(1), new Uint8Array(KEY_BYTES).fill(2)];
  const [boxA, boxB] = [new Uint8Array(TAG_BYTES + 3), new Uint8Array(TAG_BYTES + 3)];
  try {
    if (!a.seal(boxA, nonce, key) || !b.seal(boxB, nonce, key)) return false;
    return boxA.every((octet, i) => octet === boxB[i]) && a.open(boxB, nonce, key)?.length === 3;
  } catch {
    return false;
  }
}

function sealFailed(boxBytes: number): ProtocolError {
  return new ProtocolError({
    code: "curve/seal-failed",
    side: "local",
    found: `no memory for a box of ${boxBytes} bytes`,
    expected: "memory for it",
  });
}
