/** The socket types of ZMTP and which of them may meet (zmtp §1.11). */

/** A socket's type, as READY names it. */
export type SocketType =
  | "REQ"
  | "REP"
  | "DEALER"
  | "ROUTER"
  | "PUB"
  | "XPUB"
  | "SUB"
  | "XSUB"
  | "PUSH"
  | "PULL"
  | "PAIR";

/** Whom each type may talk to (zmtp §1.11). */
export const COMPATIBLE_TYPES: { readonly [T in SocketType]: readonly SocketType[] } = {
  REQ: ["REP", "ROUTER"],
  REP: ["REQ", "DEALER"],
  DEALER: ["REP", "DEALER", "ROUTER"],
  ROUTER: ["REQ", "DEALER", "ROUTER"],
  PUB: ["SUB", "XSUB"],
  XPUB: ["SUB", "XSUB"],
  SUB: ["PUB", "XPUB"],
  XSUB: ["PUB", "XPUB"],
  PUSH: ["PULL"],
  PULL: ["PUSH"],
  PAIR: ["PAIR"],
};

/**
 * Whether a name from the wire is one of the types that this kit has; draft types are not.
 *
 * @example
 * ```ts
 * import { isSocketType } from "tidewire/zmtp";
 * isSocketType("DEALER"); // true
 * isSocketType("dealer"); // false
 * ```
 */
export function isSocketType(name: string): name is SocketType {
  return Object.hasOwn(COMPATIBLE_TYPES, name);
}
