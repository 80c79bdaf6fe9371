const NO_BYTES: Uint8Array = new Uint8Array(0);

/** The first buffer of a frame that comes in small pieces. */
const FIRST_CAPACITY = 4_096;
/** How much larger the next buffer is, unless said otherwise. */
const GROWTH = 2;
/** A buffer that would hold all but a fifth of the frame holds all of it. */
const LAST_STEP = 1.25;

/**
 * The start of a frame whose rest is still on its way. Holds at most 1.25 times `growth` times what has come (or 5 KiB), and
 * never more than the frame: a peer that only declares a large frame makes nobody set room aside. Not public.
 */
export class TailCarry {
  readonly #growth: number;
  #buffer: Uint8Array = NO_BYTES;
  #held = 0;
  #expected = 0;

  constructor(growth: number = GROWTH) {
    this.#growth = growth;
  }

  get bytesHeld(): number {
    return this.#held;
  }

  get isWhole(): boolean {
    return this.#held === this.#expected;
  }

  /** What is held. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#held);
  }

  /** How many bytes there will be: at first those up to the end of the length field, then those that it declares. */
  expect(bytes: number): void {
    this.#expected = bytes;
  }

  /** Takes what is still missing from `chunk`, from `at` on, and returns how many bytes that were. */
  append(chunk: Uint8Array, at: number): number {
    const taken = Math.min(this.#expected - this.#held, chunk.length - at);
    const held = this.#held + taken;
    if (held > this.#buffer.length) {
      // Growing by a factor keeps a frame that comes byte by byte linear. A last step for little more would copy nearly all.
      const wanted = Math.max(this.#growth * held, FIRST_CAPACITY);
      const capacity = wanted * LAST_STEP < this.#expected ? wanted : this.#expected;
      const grown = new Uint8Array(capacity);
      grown.set(this.bytes);
      this.#buffer = grown;
    }
    if (taken < 16) {
      for (let i = 0; i < taken; i++) this.#buffer[this.#held + i] = chunk[at + i]!;
    } else {
      this.#buffer.set(chunk.subarray(at, at + taken), this.#held);
    }
    this.#held = held;
    return taken;
  }

  /** Gives away what is held, buffer and all, and is empty again. */
  take(): Uint8Array {
    const bytes = this.bytes;
    this.#buffer = NO_BYTES;
    this.#held = 0;
    this.#expected = 0;
    return bytes;
  }
}
