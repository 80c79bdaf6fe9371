import { curveClient, curveServer } from "../protocols/zmtp/curve_security.ts";
import type { SecurityOptions } from "../protocols/zmtp/session_types.ts";
import { nobleCurve } from "./noble_curve.ts";
import { socketError } from "./socket_error.ts";
import type { SocketOptions } from "./socket_options.ts";
import { z85Decode } from "./z85.ts";

/**
 * Which mechanism the options ask for, and as whom.
 *
 * @throws ProtocolError `sockets/bad-option` when they contradict each other or leave something out
 */
export function securityOf(options: SocketOptions): SecurityOptions {
  const { plainUsername, plainPassword, plainServer, curveServer: isCurveServer, curveServerKey } = options;
  const wantsPlainClient = plainUsername !== undefined || plainPassword !== undefined;
  const wants = [wantsPlainClient, plainServer === true, isCurveServer === true, curveServerKey !== undefined];
  if (wants.filter(Boolean).length > 1) {
    throw socketError(
      "sockets/bad-option",
      "more than one mechanism or role",
      "PLAIN or CURVE, as client or as server",
    );
  }
  if (plainServer === true) return { mechanism: "PLAIN", role: "server" };
  if (wantsPlainClient) {
    const utf8 = new TextEncoder();
    const [username, password] = [utf8.encode(plainUsername ?? ""), utf8.encode(plainPassword ?? "")];
    return { mechanism: "PLAIN", role: "client", username, password };
  }
  if (isCurveServer !== true && curveServerKey === undefined) return { mechanism: "NULL" };
  const primitives = options.curvePrimitives ?? nobleCurve;
  if (options.curveSecretKey === undefined) {
    throw socketError("sockets/bad-option", "CURVE without curveSecretKey", "the secret key of this side");
  }
  const secretKey = keyOf(options.curveSecretKey);
  if (options.curvePublicKey !== undefined) {
    const publicKey = primitives.publicKey(secretKey);
    if (keyOf(options.curvePublicKey).some((octet, i) => octet !== publicKey[i])) {
      throw socketError("sockets/bad-option", "a curvePublicKey of another key", "the one of curveSecretKey");
    }
  }
  if (curveServerKey === undefined) return curveServer({ primitives, secretKey });
  return curveClient({ primitives, secretKey, serverKey: keyOf(curveServerKey) });
}

function keyOf(key: Uint8Array | string): Uint8Array {
  return typeof key === "string" ? z85Decode(key) : key;
}
