/**
 * What CURVE needs of NaCl, as a well-kept library provides it: X25519, HSalsa20, XSalsa20 and Poly1305. Nobody writes
 * these himself. Keys are 32 bytes, nonces 24, a tag 16. All calls are synchronous and keep no view of what they
 * were given. A size that is wrong is the caller's fault and throws a `ProtocolError` with side `local`
 * (`curve/wrong-size`); what a peer can cause is `undefined`, never a throw.
 *
 * A key pair is 32 random bytes (the secret key) and `publicKey` of them. `crypto_box` with a key known beforehand and
 * `crypto_secretbox` are one function in NaCl, so there is one pair here, `seal` and `open`, for both.
 */
export interface CurvePrimitives {
  /** The X25519 public key (32 bytes) of a secret key: any 32 bytes. */
  publicKey(secretKey: Uint8Array): Uint8Array;
  /**
   * `crypto_box_beforenm`: the 32-byte key that both sides of a box share. Nothing for a public key of small order:
   * with it the key would be known to everybody.
   */
  sharedKey(publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array | undefined;
  /**
   * `crypto_box_afternm` and `crypto_secretbox`, in place: `box` holds room for the tag (16 bytes, any) and the plain
   * bytes, and afterwards the tag and the sealed bytes. A nonce must never be used twice with one key.
   *
   * @throws ProtocolError `curve/seal-failed` (local) when the library has no memory for it
   */
  seal(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): void;
  /** The plain bytes of a box as `seal` left it, newly allocated; nothing when the tag does not fit. */
  open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined;
}
