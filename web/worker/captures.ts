import type { CaptureProgress, OpenAsk } from "../worker_messages.ts";
import { OpenCapture } from "./open_capture.ts";

/** What a call may use besides its question. */
export interface CallContext {
  readonly captures: Captures;
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
}

/** The captures that are open in this worker, by number. */
export class Captures {
  readonly #open = new Map<number, OpenCapture>();
  readonly #tell: (progress: CaptureProgress) => void;
  #opened = 0;

  constructor(tell: (progress: CaptureProgress) => void) {
    this.#tell = tell;
  }

  async open(ask: OpenAsk): Promise<OpenCapture> {
    const capture = await OpenCapture.open(this.#opened++, ask, this.#tell);
    this.#open.set(capture.number, capture);
    return capture;
  }

  /** @throws RangeError for a capture that was closed */
  get(number: number): OpenCapture {
    const capture = this.#open.get(number);
    if (capture === undefined) throw new RangeError("this capture is closed");
    return capture;
  }

  close(number: number): void {
    this.#open.get(number)?.close();
    this.#open.delete(number);
  }
}
