/** Work this long between two looks at the messages: short beside what an eye or a hand notices, long beside a message. */
const TURN_MS = 16;

/** Lets long work in the worker be interrupted by messages and cancelled. */
export class Turn {
  readonly #signal: AbortSignal | undefined;
  readonly #channel = new MessageChannel();
  #startMs = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /**
   * Waits for messages if it is time to.
   *
   * @throws the signal's reason once it was given
   */
  async pause(): Promise<void> {
    if (this.isOver) await this.yield();
    this.#signal?.throwIfAborted();
  }

  /** True when the turn has lasted long enough: cheaper to ask than to wait. */
  get isOver(): boolean {
    return performance.now() - this.#startMs > TURN_MS;
  }

  /** Waits until the messages that are there were looked at. */
  yield(): Promise<void> {
    return new Promise((resolve) => {
      this.#channel.port1.onmessage = () => {
        this.#startMs = performance.now();
        resolve();
      };
      this.#channel.port2.postMessage(null);
    });
  }
}
