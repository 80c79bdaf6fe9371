import type { IngestEvent } from "./ingest_event.ts";

/** Whether the store writes; says when that changes, and when it fails for another reason. */
export class StoreHealth {
  readonly #events: IngestEvent[];
  #error: string | undefined;

  /** @param events where the lines for the log go */
  constructor(events: IngestEvent[]) {
    this.#events = events;
  }

  /** Why it does not write, or nothing while it does. */
  get error(): string | undefined {
    return this.#error;
  }

  failed(error: unknown, batchSnapshots: number, retryDelayMs: number): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason !== this.#error) this.#events.push({ type: "storeFailed", reason, batchSnapshots, retryDelayMs });
    this.#error = reason;
  }

  /** @param failedAttempts of the batch that it took now */
  works(failedAttempts: number): void {
    if (this.#error !== undefined) this.#events.push({ type: "storeRecovered", failedAttempts });
    this.#error = undefined;
  }
}
