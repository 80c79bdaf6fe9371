const NO_BYTES: Uint8Array = new Uint8Array(0);

/** The first buffer of a frame that comes in small pieces. */
const FIRST_CAPACITY = 4_096;
/** A frame of 64 KiB, cut anywhere by the reads, gets its whole buffer at once nearly always: growing copies it once more. */
const GROWTH = 16;

/**
 * The start of a frame whose rest is still on its way. Holds at most sixteen times what has come (or 4 KiB), and never more than
 * the frame: a peer that only declares a large frame makes nobody set room aside. Not public.
 */
export class TailCarry {
  #buffer: Uint8Array = NO_BYTES;
  #held = 0;
  #expected = 0;

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
      const capacity = Math.min(this.#expected, Math.max(GROWTH * held, FIRST_CAPACITY));
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
