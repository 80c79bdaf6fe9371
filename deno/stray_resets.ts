/** Errors of a connection that its peer ended. */
const RESETS: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE"]);

/**
 * The NATS client takes its listeners off a socket before that is closed. A reset in between, as of a server that turns a client
 * away, is then nobody's, and would end the process.
 *
 * @returns a function that leaves such errors to themselves again
 */
export function ignoreStrayResets(): () => void {
  const ignore = (event: ErrorEvent): void => {
    if (RESETS.has((event.error as { readonly code?: unknown } | undefined)?.code)) event.preventDefault();
  };
  globalThis.addEventListener("error", ignore);
  return () => globalThis.removeEventListener("error", ignore);
}
