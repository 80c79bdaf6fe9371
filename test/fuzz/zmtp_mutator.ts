/** Makes broken frames of ZMTP of good ones. */
import { readHead } from "../../src/protocols/zmtp/frame_head.ts";
import type { SeededRandom } from "../conformance/chunkings.ts";

const NAMES = [
  "READY",
  "ERROR",
  "SUBSCRIBE",
  "CANCEL",
  "PING",
  "PONG",
  "HELLO",
  "WELCOME",
  "INITIATE",
  "MESSAGE",
  "JOIN",
  "",
];
const BORDERS = [0, 1, 2, 4, 5, 0x1f, 0x20, 0x7f, 0x80, 0xfe, 0xff];
/** Lengths that a head declares and no body has. */
const LENGTHS = [
  0n,
  1n,
  255n,
  256n,
  1_500n,
  1_501n,
  1_533n,
  1_534n,
  0xffff_ffffn,
  0x1_0000_0001n,
  (1n << 63n) - 1n,
  1n << 63n,
];

/** The frames to start from: what may come next, and what may come at all. */
export interface MutatorInput {
  readonly next: readonly Uint8Array[];
  readonly any: readonly Uint8Array[];
  /** Whether each is one WebSocket message; else they have a head with flags and a length. */
  readonly isWebSocket: boolean;
}

export class ZmtpMutator {
  readonly #input: MutatorInput;
  readonly #random: SeededRandom;
  #at = 0;

  constructor(input: MutatorInput, random: SeededRandom) {
    this.#input = input;
    this.#random = random;
  }

  /** A new session: what comes next is the first again. */
  restart(): void {
    this.#at = 0;
  }

  /** The next frame: in turn and intact, in turn and broken, or out of turn. */
  next(): Uint8Array {
    const random = this.#random;
    const { next, any } = this.#input;
    const inTurn = random.below(4) > 0 ? next[this.#at % next.length]! : any[random.below(any.length)]!;
    this.#at++;
    if (random.below(2) === 0) return inTurn.slice();
    // A greeting has no head, and what is cut or torn has none that is right.
    if (inTurn[0] === 0xff || random.below(16) === 0) return this.#breakOctets(inTurn.slice());
    return this.#input.isWebSocket ? this.#message(inTurn) : this.#frame(inTurn);
  }

  #message(message: Uint8Array): Uint8Array {
    const body = this.#body(message.subarray(1));
    const flag = this.#random.below(4) === 0 ? this.#random.below(256) : message[0]!;
    return joined(Uint8Array.of(flag), body);
  }

  #frame(frame: Uint8Array): Uint8Array {
    const random = this.#random;
    const head = readHead(frame);
    const body = this.#body(frame.subarray(head.headBytes));
    const flags = random.below(6) === 0 ? random.below(256) : head.flags;
    const declared = random.below(12) === 0 ? LENGTHS[random.below(LENGTHS.length)]! : BigInt(body.length);
    const isLong = declared > 255n || random.below(8) === 0;
    if (!isLong) return joined(Uint8Array.of(flags & ~2, Number(declared)), body);
    const long = new Uint8Array(9);
    long[0] = flags | 2;
    new DataView(long.buffer).setBigUint64(1, declared);
    return joined(long, body);
  }

  #body(body: Uint8Array): Uint8Array {
    const random = this.#random;
    switch (random.below(6)) {
      case 0: {
        // Another command with the same data.
        const name = NAMES[random.below(NAMES.length)]!;
        const rest = body.subarray(Math.min(body.length, 1 + (body[0] ?? 0)));
        return joined(Uint8Array.of(name.length, ...new TextEncoder().encode(name)), rest);
      }
      case 1:
        return body.slice(0, random.below(body.length + 1));
      case 2:
        return joined(
          body,
          new Uint8Array(random.below(8) === 0 ? random.below(2_000) : random.below(20)).fill(random.below(256)),
        );
      case 3: {
        const at = random.below(body.length + 1);
        return joined(body.subarray(0, at), Uint8Array.of(random.below(256)), body.subarray(at));
      }
      case 4:
        // Flags, lengths or a tag that are not its own.
        return random.below(2) === 0 ? body.slice() : this.#breakOctets(this.#breakOctets(body.slice()));
      default:
        return this.#breakOctets(body.slice());
    }
  }

  #breakOctets(octets: Uint8Array): Uint8Array {
    if (octets.length === 0) return octets;
    const random = this.#random;
    // Early octets more often: names, lengths, versions.
    const at = Math.min(random.below(octets.length), random.below(octets.length));
    octets[at] = random.below(2) === 0 ? BORDERS[random.below(BORDERS.length)]! : octets[at]! ^ (1 << random.below(8));
    return random.below(10) === 0 ? octets.slice(0, random.below(octets.length)) : octets;
  }
}

function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
