const NO_BYTES: Uint8Array = new Uint8Array(0);

/** The first buffer of a frame that comes in small pieces, unless said otherwise. */
const FIRST_CAPACITY = 4_096;
/** How much larger each next buffer is, unless said otherwise. */
const GROWTH = 2;

/**
 * The start of a frame whose rest is still on its way. Holds at most `growth` times what has come (or `firstCapacity`), and
 * never more than the frame: a peer that only declares a large frame makes nobody set room aside. A frame of n bytes is
 * copied n / (growth - 1) bytes more than once, however it is cut. Not public.
 */
export class TailCarry {
  readonly #firstCapacity: number;
  readonly #growth: number;
  #buffer: Uint8Array = NO_BYTES;
  #held = 0;
  #expected = 0;

  constructor(firstCapacity: number = FIRST_CAPACITY, growth: number = GROWTH) {
    this.#firstCapacity = firstCapacity;
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
      // Growing by a factor keeps a frame that comes byte by byte linear.
      const wanted = Math.max(held, this.#growth * this.#buffer.length, this.#firstCapacity);
      const capacity = Math.min(this.#expected, wanted);
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
