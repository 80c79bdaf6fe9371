import type { Entropy } from "../ports/entropy.ts";
import type { Pipe } from "./pipe.ts";

/** Octets of an id that a ROUTER makes: 00 and a number (zmtp §1.12). */
const UNNAMED_BYTES = 5;

/** The peers of a ROUTER by their routing ids. */
export class RoutingTable {
  /** By the number in the id: no text is made of it on the way of a message. */
  readonly #unnamed = new Map<number, Pipe>();
  readonly #named = new Map<string, Pipe>();
  #nextNumber: number;

  constructor(entropy: Entropy) {
    const random = new Uint8Array(4);
    entropy.fill(random);
    this.#nextNumber = numberOf(random, 0);
  }

  has(id: Uint8Array): boolean {
    return this.find(id) !== undefined;
  }

  find(id: Uint8Array): Pipe | undefined {
    if (id.length === UNNAMED_BYTES && id[0] === 0) return this.#unnamed.get(numberOf(id, 1));
    return this.#named.get(textOf(id));
  }

  /** Gives a pipe an id that no other pipe has. */
  add(id: Uint8Array, pipe: Pipe): void {
    pipe.routingId = id.slice();
    if (id.length === UNNAMED_BYTES && id[0] === 0) this.#unnamed.set(numberOf(id, 1), pipe);
    else this.#named.set(textOf(id), pipe);
  }

  /** Gives a pipe an id of the ROUTER's own. */
  addUnnamed(pipe: Pipe): void {
    while (this.#unnamed.has(this.#nextNumber)) this.#nextNumber = (this.#nextNumber + 1) >>> 0;
    const id = new Uint8Array(UNNAMED_BYTES);
    new DataView(id.buffer).setUint32(1, this.#nextNumber);
    this.#nextNumber = (this.#nextNumber + 1) >>> 0;
    this.add(id, pipe);
  }

  /** The pipe can't be reached any more; what it has sent still carries its id. */
  remove(pipe: Pipe): void {
    const id = pipe.routingId;
    if (id === undefined || this.find(id) !== pipe) return;
    if (id.length === UNNAMED_BYTES && id[0] === 0) this.#unnamed.delete(numberOf(id, 1));
    else this.#named.delete(textOf(id));
  }
}

function numberOf(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** One character an octet. */
export function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
