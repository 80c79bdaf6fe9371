import { type MessageLike, toMessage } from "./message_like.ts";
import type { SocketDriver } from "./socket_driver.ts";
import { socketError } from "./socket_error.ts";
import { type CallOptions, WaitingCall } from "./waiting_call.ts";

/** Messages that a call has still to hand over. */
interface WaitingSend {
  readonly call: WaitingCall<void>;
  readonly messages: readonly MessageLike[];
  at: number;
}

/** What almost every send gives: a promise of its own for each would cost more than the send. */
const SENT: Promise<void> = Promise.resolve();

/** Sends for the API: at once where there is room, else in the order of the calls. */
export class MessageSender {
  readonly #driver: SocketDriver;
  readonly #timeoutMs: number;
  readonly #maxWaiting: number;
  #waiting: WaitingSend[] = [];

  /**
   * @param timeoutMs how long a send waits unless it says itself; -1 is without end
   * @param maxWaiting calls that may wait at once
   */
  constructor(driver: SocketDriver, timeoutMs: number, maxWaiting: number) {
    this.#driver = driver;
    this.#timeoutMs = timeoutMs;
    this.#maxWaiting = maxWaiting;
  }

  send(message: MessageLike, options: CallOptions | undefined): Promise<void> {
    try {
      if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason);
      const parts = toMessage(message);
      const driver = this.#driver;
      if (this.#waiting.length === 0 && driver.engine.send(parts)) {
        driver.sent();
        return driver.turns.isFull ? driver.turns.next() : SENT;
      }
      return this.#wait([parts], 0, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  sendBatch(messages: readonly MessageLike[], options: CallOptions | undefined): Promise<void> {
    try {
      if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason);
      const driver = this.#driver;
      let at = 0;
      if (this.#waiting.length === 0) {
        while (at < messages.length && driver.engine.send(toMessage(messages[at]!))) {
          driver.sent();
          at++;
        }
      }
      if (at < messages.length) return this.#wait(messages, at, options);
      return driver.turns.isFull ? driver.turns.next() : SENT;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  trySend(message: MessageLike): boolean {
    if (this.#waiting.length > 0 || !this.#driver.engine.send(toMessage(message))) return false;
    this.#driver.sent();
    return true;
  }

  /** There may be room again. */
  retry(): void {
    let done = 0;
    for (; done < this.#waiting.length; done++) if (!this.#handOver(this.#waiting[done]!)) break;
    if (done > 0) this.#waiting = this.#waiting.slice(done);
  }

  /** The socket is closed. */
  close(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { call } of waiting) call.reject(socketError("sockets/closed", "a closed socket", "an open one"));
  }

  /** @returns whether nothing of it is left, or it was given up */
  #handOver(send: WaitingSend): boolean {
    const { call, messages } = send;
    try {
      while (!call.isOver && send.at < messages.length) {
        if (!this.#driver.engine.send(toMessage(messages[send.at]!))) return false;
        this.#driver.sent();
        send.at++;
      }
      call.resolve();
    } catch (error) {
      call.reject(error);
    }
    return true;
  }

  #wait(messages: readonly MessageLike[], at: number, options: CallOptions | undefined): Promise<void> {
    const timeoutMs = options?.timeoutMs ?? this.#timeoutMs;
    if (timeoutMs === 0) throw socketError("sockets/would-block", "no peer that has room", "room at once");
    if (this.#waiting.length >= this.#maxWaiting) {
      const found = `${this.#waiting.length + 1} sends that wait`;
      throw socketError("sockets/too-many-waiting", found, `at most ${this.#maxWaiting}`);
    }
    const call = new WaitingCall<void>();
    const send = { call, messages, at };
    call.onGiveUp = () => {
      this.#waiting = this.#waiting.filter((one) => one !== send);
    };
    call.limit(this.#driver.host, timeoutMs, options?.signal);
    this.#waiting.push(send);
    return call.promise;
  }
}
