/** Sizes, places and nonces of CURVE's commands (zmtp §1.7, §1.8). All integers are big-endian. */

/** A key: public, secret or shared. */
export const KEY_BYTES = 32;
/** A box is so much longer than what it holds: the tag stands before it. */
export const TAG_BYTES = 16;
const NONCE_BYTES = 24;
/** The random end of a nonce of WELCOME, cookie and vouch. */
export const LONG_NONCE_BYTES = 16;
/** The counted end of the other nonces. */
const SHORT_NONCE_BYTES = 8;

/** HELLO: 06 version, 08 padding, 80 C', 112 short nonce, 120 box over 64 zeros. */
export const HELLO = { name: "HELLO", bytes: 200, versionAt: 6, keyAt: 80, nonceAt: 112, boxAt: 120 } as const;
/** WELCOME: 8 long nonce, 24 box over S' and the cookie. */
export const WELCOME = { name: "WELCOME", bytes: 168, nonceAt: 8, boxAt: 24 } as const;
/** The cookie: long nonce, then a secretbox over C' and s'. */
export const COOKIE = { bytes: 96, boxAt: 16 } as const;
/** INITIATE: 9 cookie, 105 short nonce, 113 box over C, the vouch's nonce, the vouch and metadata. */
export const INITIATE = { name: "INITIATE", minBytes: 257, cookieAt: 9, nonceAt: 105, boxAt: 113 } as const;
/** What is in INITIATE's box: 0 C, 32 the vouch's nonce, 48 the vouch's box over C' and S, 128 metadata. */
export const IDENTIFICATION = { vouchNonceAt: 32, vouchAt: 48, metadataAt: 128 } as const;
/** READY: 6 short nonce, 14 box over metadata. */
export const READY = { name: "READY", minBytes: 30, nonceAt: 6, boxAt: 14 } as const;
/** MESSAGE: 8 short nonce, 16 box over one octet of flags and the body. */
export const MESSAGE = { name: "MESSAGE", minBytes: 33, nonceAt: 8, boxAt: 16, flagsAt: 32 } as const;

/** How the nonces of each box begin, so that no two uses of a key share one. */
export const NONCE_PREFIXES = {
  hello: "CurveZMQHELLO---",
  welcome: "WELCOME-",
  cookie: "COOKIE--",
  vouch: "VOUCH---",
  initiate: "CurveZMQINITIATE",
  ready: "CurveZMQREADY---",
  clientMessage: "CurveZMQMESSAGEC",
  serverMessage: "CurveZMQMESSAGES",
} as const;

/** The whole nonce: its prefix, then as many octets of `bytes` from `at` on as make 24. */
export function nonceOf(prefix: string, bytes: Uint8Array, at: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  writeAscii(nonce, 0, prefix);
  nonce.set(bytes.subarray(at, at + NONCE_BYTES - prefix.length), prefix.length);
  return nonce;
}

/** Starts a command of `bytes` octets with the length and the octets of its name. */
export function startCommand(name: string, bytes: number): Uint8Array {
  const command = new Uint8Array(bytes);
  command[0] = name.length;
  writeAscii(command, 1, name);
  return command;
}

/** Writes a short nonce: 64 bits. Counted from 1 for each direction, it stays a safe integer for longer than any link. */
export function writeShortNonce(into: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  for (let i = 0; i < SHORT_NONCE_BYTES; i++) {
    into[at + i] = (i < 4 ? high : value) >>> (8 * (3 - (i % 4)));
  }
}

/** Whether two runs of bytes are the same. Not for secrets: it stops at the first that differs. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Overwrites secrets that are no longer needed. A runtime may hold copies; what is ours to wipe is wiped. */
export function wipe(...secrets: readonly (Uint8Array | undefined)[]): void {
  for (const secret of secrets) secret?.fill(0);
}

function writeAscii(into: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) into[at + i] = text.charCodeAt(i);
}
