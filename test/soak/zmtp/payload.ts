import { Prng } from "../../simulation/prng.ts";

/** Small ones, and ones that need a long length. */
const SIZES: readonly number[] = [0, 10, 10, 100, 100, 300, 5_000];
/** One that does not fit into a chunk, now and then. */
const LARGE_BYTES = 70_000;
const LARGE_CHANCE = 0.02;

/** Messages that say how long they are. */
export class Payloads {
  readonly #prng: Prng;

  constructor(seed: number) {
    this.#prng = new Prng(seed);
  }

  /** Three parts: the given one, the body's size, the body. */
  next(first: string): [string, string, Uint8Array] {
    const bytes = this.#prng.chance(LARGE_CHANCE) ? LARGE_BYTES : this.#prng.pick(SIZES);
    return [first, String(bytes), new Uint8Array(bytes).fill(bytes & 0xff)];
  }
}

/** Whether the end of a message is what `Payloads` has made. */
export function isWhole(message: readonly Uint8Array[]): boolean {
  const [size, body] = [message.at(-2), message.at(-1)];
  if (message.length < 3 || size === undefined || body === undefined) return false;
  const bytes = Number(new TextDecoder().decode(size));
  return body.length === bytes && body.every((octet) => octet === (bytes & 0xff));
}
