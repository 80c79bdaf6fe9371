import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import type { ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { sleep } from "./sleep.ts";

/** One request, the exporter's own tries included. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Requests at a time. */
const MAX_CONCURRENT = 4;
/** Waits between attempts while the collector is away. */
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

/** What an {@linkcode OtlpExporter} tells. */
export type ExportEvent =
  | { readonly type: "collectorFailing"; readonly reason: string; readonly retryDelayMs: number }
  | { readonly type: "collectorRecovered"; readonly failedAttempts: number }
  | { readonly type: "rejected"; readonly reason: string };

/** Sends metrics to one collector through OpenTelemetry's own exporter, for as long as it takes. */
export class OtlpExporter {
  readonly #exporter: OTLPMetricExporter;
  readonly #onEvent: (event: ExportEvent) => void;
  readonly #stop: AbortSignal;
  #failedAttempts = 0;

  /** @param stop ends the waiting for a collector that is away */
  constructor(url: string, onEvent: (event: ExportEvent) => void, stop: AbortSignal) {
    this.#exporter = new OTLPMetricExporter({
      url,
      timeoutMillis: REQUEST_TIMEOUT_MS,
      concurrencyLimit: MAX_CONCURRENT,
    });
    this.#onEvent = onEvent;
    this.#stop = stop;
  }

  /**
   * Sends all, few at a time.
   *
   * @returns for each whether the collector took it; it did not when it said that it never will
   * @throws Error when it was stopped before all was decided
   */
  async export(requests: readonly ResourceMetrics[]): Promise<boolean[]> {
    const taken: boolean[] = [];
    for (let at = 0; at < requests.length; at += MAX_CONCURRENT) {
      const some = requests.slice(at, at + MAX_CONCURRENT);
      taken.push(...(await Promise.all(some.map((request) => this.#exportOne(request)))));
    }
    return taken;
  }

  async close(): Promise<void> {
    await this.#exporter.shutdown();
  }

  async #exportOne(request: ResourceMetrics): Promise<boolean> {
    for (;;) {
      const error = await this.#try(request);
      if (error === undefined) {
        this.#recovered();
        return true;
      }
      if (isFinal(error)) {
        this.#recovered();
        this.#onEvent({ type: "rejected", reason: error.message });
        return false;
      }
      this.#stop.throwIfAborted();
      const retryDelayMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failedAttempts, 10));
      if (this.#failedAttempts++ === 0) {
        this.#onEvent({ type: "collectorFailing", reason: error.message, retryDelayMs });
      }
      await sleep(retryDelayMs, this.#stop);
      this.#stop.throwIfAborted();
    }
  }

  #recovered(): void {
    if (this.#failedAttempts === 0) return;
    this.#onEvent({ type: "collectorRecovered", failedAttempts: this.#failedAttempts });
    this.#failedAttempts = 0;
  }

  #try(request: ResourceMetrics): Promise<Error | undefined> {
    return new Promise((resolve) => {
      this.#exporter.export(request, ({ code, error }) => {
        resolve(code === 0 ? undefined : (error ?? new Error("the exporter gave no reason")));
      });
    });
  }
}

/** An answer that says that this request will never be taken: any 4xx but those that ask for patience or for a token. */
function isFinal(error: Error): boolean {
  const { code } = error as Error & { readonly code?: unknown };
  return typeof code === "number" && code >= 400 && code < 500 && ![401, 403, 404, 408, 429].includes(code);
}
