import type { Clock } from "../src/ports/mod.ts";

/** This machine's clocks. */
export const SYSTEM_CLOCK: Clock = {
  utcMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
