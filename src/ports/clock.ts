/** Time as a host tells it. */
export interface Clock {
  /** UTC Unix milliseconds; may jump when the machine's clock is set. */
  utcMs(): number;
  /** Milliseconds since an arbitrary start; never goes back. Deadlines are counted on this one. */
  monotonicMs(): number;
}
