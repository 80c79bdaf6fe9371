import type { HostTimer, SocketHost } from "../ports/socket_host.ts";
import { socketError } from "./socket_error.ts";

/** How long a call may wait. */
export interface CallOptions {
  /** Aborting it gives the call up; its promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** In ms; -1 waits without end, 0 not at all. Else what the socket's options say. */
  readonly timeoutMs?: number;
}

/** A call whose promise is not settled yet. */
export class WaitingCall<Value> {
  readonly promise: Promise<Value>;
  /** Settled, or given up. */
  isOver = false;
  /** Called when time has run out or the signal said so, before the promise is rejected. */
  onGiveUp: (() => void) | undefined;
  #resolve!: (value: Value) => void;
  #reject!: (reason: unknown) => void;
  #timer: HostTimer | undefined;
  #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#giveUp(this.#signal?.reason);

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Gives up after a time (-1 is never) or when the signal says so. */
  limit(host: SocketHost, timeoutMs: number, signal: AbortSignal | undefined): void {
    if (timeoutMs >= 0) {
      this.#timer = host.setTimer(timeoutMs, () => {
        this.#giveUp(socketError("sockets/timed-out", `nothing for ${timeoutMs} ms`, "a peer that is there in time"));
      });
    }
    if (signal === undefined) return;
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort);
  }

  resolve(value: Value): void {
    if (this.isOver) return;
    this.#end();
    this.#resolve(value);
  }

  reject(reason: unknown): void {
    if (this.isOver) return;
    this.#end();
    this.#reject(reason);
  }

  #giveUp(reason: unknown): void {
    if (this.isOver) return;
    this.onGiveUp?.();
    this.reject(reason);
  }

  #end(): void {
    this.isOver = true;
    this.#timer?.cancel();
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}
