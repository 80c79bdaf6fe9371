import type { CurvePrimitives } from "../../ports/curve_primitives.ts";
import type { Entropy } from "../../ports/entropy.ts";
import { COOKIE, KEY_BYTES, LONG_NONCE_BYTES, NONCE_PREFIXES, nonceOf, TAG_BYTES, wipe } from "./curve_wire.ts";

/** What a cookie holds: C' and s'. */
export interface CookieContent {
  readonly clientTransient: Uint8Array;
  /** Secret; to be wiped by who opened the cookie. */
  readonly transientSecret: Uint8Array;
}

/**
 * What a server gives a client to keep, so that it need not keep it itself (zmtp §1.7). The key is this connection's own
 * and good for one opening: a cookie of another connection, or one that comes twice, does not open.
 */
export class CurveCookie {
  readonly #primitives: CurvePrimitives;
  readonly #key: Uint8Array = new Uint8Array(KEY_BYTES);

  constructor(primitives: CurvePrimitives, entropy: Entropy) {
    this.#primitives = primitives;
    entropy.fill(this.#key);
  }

  /** 96 octets: the nonce's random end, then the secretbox. */
  bake({ clientTransient, transientSecret }: CookieContent, entropy: Entropy): Uint8Array {
    const cookie = new Uint8Array(COOKIE.bytes);
    entropy.fill(cookie.subarray(0, LONG_NONCE_BYTES));
    const box = cookie.subarray(COOKIE.boxAt);
    box.set(clientTransient, TAG_BYTES);
    box.set(transientSecret, TAG_BYTES + KEY_BYTES);
    this.#primitives.seal(box, nonceOf(NONCE_PREFIXES.cookie, cookie, 0), this.#key);
    return cookie;
  }

  /** What the cookie holds, or nothing when it is not this connection's; the key is wiped in both cases. */
  open(cookie: Uint8Array): CookieContent | undefined {
    const nonce = nonceOf(NONCE_PREFIXES.cookie, cookie, 0);
    const plain = this.#primitives.open(cookie.subarray(COOKIE.boxAt), nonce, this.#key);
    this.close();
    if (plain === undefined) return undefined;
    return { clientTransient: plain.subarray(0, KEY_BYTES), transientSecret: plain.subarray(KEY_BYTES) };
  }

  close(): void {
    wipe(this.#key);
  }
}
