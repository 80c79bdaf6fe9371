/** Ways to cut a stream into chunks. */

/** A small, fast generator of numbers that repeat with their seed (xorshift32). */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not start alike, and 0 is the one state that the generator never leaves.
    this.#state = (Math.imul(seed ^ (seed >>> 16), 0x45d9f3b) ^ 0x9e3779b9) >>> 0 || 1;
    for (let i = 0; i < 4; i++) this.u32();
  }

  u32(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }

  /** 0 to `bound - 1`. */
  below(bound: number): number {
    return Math.floor((this.u32() / 0x1_0000_0000) * bound);
  }
}

/** Every byte by itself. */
export function* bytewise(bytes: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < bytes.length; i++) yield bytes.subarray(i, i + 1);
}

/**
 * Chunks of random sizes: some runs are all small, some all large, and some mixed, because each finds other faults. Now and
 * then a chunk is empty.
 */
export function* randomChunks(bytes: Uint8Array, random: SeededRandom): Generator<Uint8Array> {
  const largest = Math.max(2, bytes.length >>> random.below(8));
  for (let at = 0; at < bytes.length; ) {
    const size = random.below(2) === 0 ? random.below(largest) : random.below(Math.min(largest, 64));
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** Where a stream is split in two: everywhere, or within `edgeBytes` of its start and its end. */
export function splitPoints(length: number, edgeBytes: number): number[] {
  const points: number[] = [];
  for (let at = 1; at < length; at++) {
    if (at <= edgeBytes || at >= length - edgeBytes) points.push(at);
  }
  return points;
}
