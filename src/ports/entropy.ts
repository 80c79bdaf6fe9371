/** A source of random bytes: the platform's own generator in production, a seeded one in a simulation. */
export interface Entropy {
  /** Overwrites every byte of `into`. */
  fill(into: Uint8Array): void;
}
