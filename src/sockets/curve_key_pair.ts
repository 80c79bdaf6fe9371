import type { CurvePrimitives } from "../ports/curve_primitives.ts";
import type { Entropy } from "../ports/entropy.ts";
import { KEY_BYTES } from "./curve_sizes.ts";
import { nobleCurve } from "./noble_curve.ts";
import { z85Encode } from "./z85.ts";

/** A key pair of CURVE, each key as 40 characters of Z85. */
export interface CurveKeyPair {
  readonly publicKey: string;
  /** Who knows it is you: it belongs into no log. */
  readonly secretKey: string;
}

/** A new key pair. Hosts bind it to their entropy. */
export function newCurveKeyPair(entropy: Entropy, primitives: CurvePrimitives = nobleCurve): CurveKeyPair {
  const secret = new Uint8Array(KEY_BYTES);
  entropy.fill(secret);
  const pair = { publicKey: z85Encode(primitives.publicKey(secret)), secretKey: z85Encode(secret) };
  secret.fill(0);
  return pair;
}
