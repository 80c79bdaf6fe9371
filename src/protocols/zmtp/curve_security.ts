import type { CurvePrimitives } from "../../ports/curve_primitives.ts";
import { CurveClient } from "./curve_client.ts";
import { CurveServer } from "./curve_server.ts";
import { localError } from "./errors.ts";
import type { CurveSecurityOptions } from "./session_types.ts";

/** What the server's side of CURVE needs. */
export interface CurveServerOptions {
  readonly primitives: CurvePrimitives;
  /** 32 octets; the public key, which clients must know, is made of them. */
  readonly secretKey: Uint8Array;
}

/** What the client's side of CURVE needs. */
export interface CurveClientOptions extends CurveServerOptions {
  /** The server's public key, 32 octets. */
  readonly serverKey: Uint8Array;
}

/**
 * Security options of a session that is the client of CURVE. The keys are copied; one value serves any number of sessions.
 *
 * @throws ProtocolError (local) `curve/wrong-size`, `zmtp/curve-weak-server-key`
 * @example
 * ```ts
 * import { curveClient, nobleCurve } from "tidewire/zmtp";
 * const serverKey = nobleCurve.publicKey(new Uint8Array(32).fill(2));
 * // In earnest the secret key is 32 random bytes.
 * curveClient({ primitives: nobleCurve, secretKey: new Uint8Array(32).fill(1), serverKey }).mechanism; // "CURVE"
 * ```
 */
export function curveClient(options: CurveClientOptions): CurveSecurityOptions {
  const { primitives } = options;
  const secretKey = options.secretKey.slice();
  const serverKey = options.serverKey.slice();
  const keys = { secretKey, serverKey, publicKey: primitives.publicKey(secretKey) };
  if (primitives.sharedKey(serverKey, secretKey) === undefined) {
    throw localError("curve-weak-server-key", "a server key of small order", "the public key of a server");
  }
  return {
    mechanism: "CURVE",
    create: (context, entropy) => new CurveClient(keys, primitives, context, entropy),
  };
}

/**
 * Security options of a session that is the server of CURVE. The key is copied; one value serves any number of sessions.
 * Which clients may come in is the `authenticate` event's to say, when the session asks.
 *
 * @throws ProtocolError (local) `curve/wrong-size`
 * @example
 * ```ts
 * import { curveServer, nobleCurve } from "tidewire/zmtp";
 * // In earnest the secret key is 32 random bytes.
 * curveServer({ primitives: nobleCurve, secretKey: new Uint8Array(32).fill(2) }).mechanism; // "CURVE"
 * ```
 */
export function curveServer(options: CurveServerOptions): CurveSecurityOptions {
  const { primitives } = options;
  const secretKey = options.secretKey.slice();
  const keys = { secretKey, publicKey: primitives.publicKey(secretKey) };
  return {
    mechanism: "CURVE",
    create: (context, entropy) => new CurveServer(keys, primitives, context, entropy),
  };
}
