import type { ZstdPlace } from "./worker/zstd_start.ts";
import type { Answer, Ask, CallName, CaptureProgress, FromWorker, ToWorker } from "./worker_messages.ts";

/** A call that was cancelled; nobody needs to be told. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
  readonly onProgress: ((done: number, total: number) => void) | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  onProgress?(done: number, total: number): void;
}

/**
 * The page's end of its worker: numbered calls, each answered once.
 *
 * @example
 * ```ts
 * const client = new WorkerClient(new Worker("worker.js"), zstd);
 * const rows = await client.call("rows", { capture: 0, first: 0, count: 50 });
 * ```
 */
export class WorkerClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  /** Told whenever a capture has changed. */
  onCapture: (progress: CaptureProgress) => void = () => {};
  /** Told when the worker itself broke: nothing will be answered any more. */
  onBroken: (message: string) => void = () => {};

  /** @param zstd where the zstd decoder is, which the worker loads when a capture is opened */
  constructor(worker: Worker, zstd: ZstdPlace) {
    this.#worker = worker;
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.#take(data));
    worker.addEventListener("error", (event) => this.#break(event.message));
    this.#post({ type: "start", zstd }, zstd.type === "carried" ? [zstd.wasm] : []);
  }

  /** Rejects with `Cancelled` when the signal was given, with an `Error` for what the worker says. */
  call<N extends CallName>(name: N, ask: Ask<N>, { signal, onProgress }: CallOptions = {}): Promise<Answer<N>> {
    const call = this.#calls++;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new Cancelled());
      this.#waiting.set(call, { resolve: resolve as (answer: unknown) => void, reject, onProgress });
      signal?.addEventListener("abort", () => this.#post({ type: "cancel", call }), { once: true });
      this.#post({ type: "call", call, name, ask });
    });
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #take(message: FromWorker): void {
    if (message.type === "capture") {
      this.onCapture(message.progress);
      return;
    }
    const waiting = this.#waiting.get(message.call);
    if (waiting === undefined) return;
    if (message.type === "progress") {
      waiting.onProgress?.(message.done, message.total);
      return;
    }
    this.#waiting.delete(message.call);
    if (message.type === "answer") waiting.resolve(message.answer);
    else waiting.reject(message.isCancelled ? new Cancelled() : new Error(message.message));
  }

  #break(message: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(message));
    this.#waiting.clear();
    this.onBroken(message);
  }
}
