import { type CurveKeyPair, newCurveKeyPair } from "../../sockets/curve_key_pair.ts";
import { systemEntropy } from "../entropy.ts";

/**
 * A new key pair for CURVE.
 *
 * @example
 * ```ts
 * import { curveKeyPair, Pull, Push } from "tidewire/zmtp";
 * const server = curveKeyPair();
 * const pull = new Pull({ curveServer: true, curveSecretKey: server.secretKey });
 * const push = new Push({ curveServerKey: server.publicKey, curveSecretKey: curveKeyPair().secretKey });
 * push.connect(await pull.bind("tcp://127.0.0.1:0"));
 * await push.send("for nobody else");
 * console.log((await pull.receive()).length); // 1
 * await Promise.all([push.close(), pull.close()]);
 * ```
 */
export function curveKeyPair(): CurveKeyPair {
  return newCurveKeyPair(systemEntropy);
}
