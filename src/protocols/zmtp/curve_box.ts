import type { CurvePrimitives } from "../../ports/curve_primitives.ts";
import { isNamed } from "./commands.ts";
import { curveError, wrongLength } from "./curve_errors.ts";
import { MESSAGE, NONCE_PREFIXES, nonceOf, startCommand, wipe, writeShortNonce } from "./curve_wire.ts";
import { localError } from "./errors.ts";
import type { FrameBox, OpenedFrame } from "./mechanism.ts";

/** Where the counted part of a nonce begins. */
const COUNT_AT = 16;
const INNER_FLAGS = 0x03;

/** What a finished handshake hands over. */
export interface CurveBoxOptions {
  readonly primitives: CurvePrimitives;
  readonly role: "client" | "server";
  /** 32 octets that both sides have; the box owns them. */
  readonly key: Uint8Array;
  /** The next short nonce of this side: 3 for a client, 2 for a server (zmtp §1.8). */
  readonly nextNonce: number;
  /** The 8 octets of the last short nonce that came in. */
  readonly lastNonce: Uint8Array;
}

/** Seals and opens the traffic of one connection (zmtp §1.8). */
export class CurveBox implements FrameBox {
  readonly #primitives: CurvePrimitives;
  readonly #key: Uint8Array;
  readonly #head: Uint8Array = startCommand(MESSAGE.name, MESSAGE.boxAt);
  readonly #sealNonce: Uint8Array;
  readonly #openNonce: Uint8Array;
  #next: number;
  #lastHigh: number;
  #lastLow: number;
  #isClosed = false;

  constructor({ primitives, role, key, nextNonce, lastNonce }: CurveBoxOptions) {
    const [ours, theirs] =
      role === "client"
        ? [NONCE_PREFIXES.clientMessage, NONCE_PREFIXES.serverMessage]
        : [NONCE_PREFIXES.serverMessage, NONCE_PREFIXES.clientMessage];
    this.#primitives = primitives;
    this.#key = key;
    this.#sealNonce = nonceOf(ours, new Uint8Array(8), 0);
    this.#openNonce = nonceOf(theirs, new Uint8Array(8), 0);
    this.#next = nextNonce;
    this.#lastHigh = u32At(lastNonce, 0);
    this.#lastLow = u32At(lastNonce, 4);
  }

  seal(flags: number, body: Uint8Array): Uint8Array {
    this.#expectOpen();
    const message = new Uint8Array(MESSAGE.minBytes + body.length);
    writeShortNonce(this.#head, MESSAGE.nonceAt, this.#next);
    writeShortNonce(this.#sealNonce, COUNT_AT, this.#next);
    this.#next++;
    message.set(this.#head);
    message[MESSAGE.flagsAt] = flags;
    message.set(body, MESSAGE.minBytes);
    this.#primitives.seal(message.subarray(MESSAGE.boxAt), this.#sealNonce, this.#key);
    return message;
  }

  open(body: Uint8Array): OpenedFrame {
    this.#expectOpen();
    if (!isNamed(body, MESSAGE.name)) {
      throw curveError("not-a-message", "a frame that is no MESSAGE", "MESSAGE: nothing travels unsealed", 0);
    }
    if (body.length < MESSAGE.minBytes) throw wrongLength(MESSAGE.name, body.length, `${MESSAGE.minBytes} or more`);
    const high = u32At(body, MESSAGE.nonceAt);
    const low = u32At(body, MESSAGE.nonceAt + 4);
    // zmtp §1.8: greater than the last, not the last plus one.
    if (high < this.#lastHigh || (high === this.#lastHigh && low <= this.#lastLow)) {
      throw curveError(
        "replayed-nonce",
        `nonce ${text(high, low)}`,
        `more than ${text(this.#lastHigh, this.#lastLow)}`,
        8,
      );
    }
    this.#openNonce.set(body.subarray(MESSAGE.nonceAt, MESSAGE.boxAt), COUNT_AT);
    const plain = this.#primitives.open(body.subarray(MESSAGE.boxAt), this.#openNonce, this.#key);
    if (plain === undefined) {
      throw curveError("bad-tag", "a box that does not open", "one that the peer has sealed", MESSAGE.boxAt);
    }
    // zmtp §1.8: only once the tag holds; else a stranger could move the count.
    this.#lastHigh = high;
    this.#lastLow = low;
    return { flags: plain[0]! & INNER_FLAGS, body: plain.subarray(1) };
  }

  /** Wipes the key; afterwards nothing is sealed or opened any more. May be called twice. */
  close(): void {
    this.#isClosed = true;
    wipe(this.#key);
  }

  /** A wiped key is one that everybody knows. */
  #expectOpen(): void {
    if (!this.#isClosed) return;
    throw localError("curve-closed", "a frame for a connection that is over", "none after close");
  }
}

function u32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function text(high: number, low: number): string {
  return String((BigInt(high) << 32n) | BigInt(low));
}
