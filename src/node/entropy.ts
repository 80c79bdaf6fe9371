import type { Entropy } from "../ports/entropy.ts";

/** The system's generator. The global one: importing `node:crypto` would cost the agent half a megabyte. */
export const systemEntropy: Entropy = {
  fill(into) {
    crypto.getRandomValues(into);
  },
};
