/**
 * Bytes that may wait for a peer that reads slowly: some 8,000 acknowledgements. Whoever is that far behind is not
 * reading, and the server would hold its answers for ever.
 */
export const MAX_UNSENT_BYTES: number = 1024 * 1024;

/** How long a peer may take to read a last Error and to close. Closing at once could destroy it on its way. */
export const LINGER_MS: number = 2_000;
