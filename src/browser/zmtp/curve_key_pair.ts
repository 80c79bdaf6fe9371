import { type CurveKeyPair, newCurveKeyPair } from "../../sockets/curve_key_pair.ts";
import { browserEntropy } from "./socket_host.ts";

/** A new key pair for CURVE. */
export function curveKeyPair(): CurveKeyPair {
  return newCurveKeyPair(browserEntropy);
}
