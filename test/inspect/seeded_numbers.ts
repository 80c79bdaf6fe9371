export interface Numbers {
  /** A whole number from 0, below `bound`. */
  below(bound: number): number;
  /** `count` whole numbers from 0 to `max`, in order. */
  sorted(count: number, max: number): number[];
  bytes(count: number): Uint8Array;
}

/** The same numbers for the same seed (mulberry32). */
export function numbersFrom(seed: number): Numbers {
  let state = seed >>> 0;
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
  return {
    below,
    sorted: (count, max) => Array.from({ length: count }, () => below(max + 1)).sort((a, b) => a - b),
    bytes: (count) => Uint8Array.from({ length: count }, () => below(256)),
  };
}
