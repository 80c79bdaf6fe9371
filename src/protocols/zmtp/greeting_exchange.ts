import { zmtpError } from "./errors.ts";
import { decodeGreeting, encodeGreeting, type Greeting, kindOfStart } from "./greeting.ts";
import type { LegacyPeer } from "./legacy.ts";
import type { ZmtpSessionOptions } from "./session_types.ts";
import { GREETING_BYTES, MAJOR_AT, SIGNATURE_BYTES } from "./wire.ts";

/** What the peer turned out to be. Octets behind its greeting begin at `restAt` of the chunk that was pushed last. */
export type Greeted =
  | { readonly type: "v3"; readonly greeting: Greeting; readonly restAt: number }
  | { readonly type: "old"; readonly peer: LegacyPeer; readonly rest: Uint8Array };

/** Both greetings of one connection (zmtp §1.1, §1.14). */
export class GreetingExchange {
  readonly #options: ZmtpSessionOptions;
  readonly #ours: Uint8Array;
  #sent = 0;
  #seen: Uint8Array = new Uint8Array(0);

  constructor(options: ZmtpSessionOptions) {
    this.#options = options;
    this.#ours = encodeGreeting(options.security.mechanism, options.identity.length);
  }

  /** Octets of the peer's greeting that are held: fewer than 64, or than what an old peer may take for its own. */
  get heldBytes(): number {
    return this.#seen.length;
  }

  /** What goes out first: all of it, or the part that an old peer can read. */
  begin(): Uint8Array {
    return this.#send(this.#takesOld ? SIGNATURE_BYTES : GREETING_BYTES);
  }

  /**
   * Takes a chunk. `output` gets what goes out now.
   *
   * @returns nothing while the greeting is not whole
   * @throws ProtocolError `zmtp/old-version`, `zmtp/mechanism-mismatch` and what reading the greeting throws
   */
  push(chunk: Uint8Array, output: (bytes: Uint8Array) => void): Greeted | undefined {
    const before = this.#seen.length;
    this.#seen = appended(this.#seen, chunk.subarray(0, GREETING_BYTES));
    const kind = kindOfStart(this.#seen);
    if (kind === "short") {
      if (this.#seen.length >= SIGNATURE_BYTES && this.#takesOld) output(this.#send(MAJOR_AT + 1));
      return undefined;
    }
    if (kind === "old") return this.#openOld(chunk, before, output);
    output(this.#send(GREETING_BYTES));
    if (this.#seen.length < GREETING_BYTES) return undefined;
    const greeting = decodeGreeting(this.#seen.subarray(0, GREETING_BYTES));
    const { mechanism } = this.#options.security;
    if (greeting.mechanism !== mechanism) {
      throw zmtpError("mechanism-mismatch", `mechanism ${greeting.mechanism}`, mechanism, 12);
    }
    return { type: "v3", greeting, restAt: GREETING_BYTES - before };
  }

  /** zmtp §1.14: a downgrade must not lead past a mechanism or past whoever asks who it is */
  get #takesOld(): boolean {
    const { legacy, security, asksWho } = this.#options;
    return legacy !== undefined && security.mechanism === "NULL" && !asksWho;
  }

  #openOld(chunk: Uint8Array, before: number, output: (bytes: Uint8Array) => void): Greeted | undefined {
    if (!this.#takesOld) {
      const found = this.#seen[0] === 0xff ? "a greeting of ZMTP 2.0 or older" : `a first octet of ${this.#seen[0]}`;
      throw zmtpError("old-version", found, "a greeting of ZMTP 3", 0);
    }
    const { legacy, socketType, identity, limits } = this.#options;
    const local = { socketType, identity, maxBodyBytes: limits.maxFrameBytes };
    const peer = legacy!.open(this.#seen, this.#sent, local);
    if (peer === undefined) return undefined;
    output(peer.output);
    // The chunk may be longer than what a greeting can be.
    const all = appended(this.#seen.subarray(0, before), chunk);
    return { type: "old", peer, rest: all.subarray(peer.greetingBytes) };
  }

  #send(upTo: number): Uint8Array {
    const bytes = this.#ours.subarray(Math.min(this.#sent, upTo), upTo);
    this.#sent = Math.max(this.#sent, upTo);
    return bytes;
  }
}

function appended(head: Uint8Array, tail: Uint8Array): Uint8Array {
  if (head.length === 0) return tail.slice();
  const all = new Uint8Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all;
}
