import type { Message } from "../protocols/zmtp/session_types.ts";
import type { MessageReceiver } from "./message_receiver.ts";
import { isSocketError } from "./socket_error.ts";

const DONE: IteratorResult<Message, undefined> = { done: true, value: undefined };

/**
 * Messages one by one, until the socket is closed. Written by hand: `next` gives a promise that is resolved already when a message
 * waits, which an async generator can't (zmtp §3.1 rule 6).
 */
export class MessageIterator implements AsyncIterableIterator<Message, undefined> {
  readonly #receiver: MessageReceiver;
  #isOver = false;

  constructor(receiver: MessageReceiver) {
    this.#receiver = receiver;
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    if (this.#isOver) return Promise.resolve(DONE);
    try {
      const value = this.#receiver.take();
      if (value !== undefined) return Promise.resolve({ done: false, value });
    } catch (error) {
      return this.#fail(error);
    }
    return this.#receiver.receive(undefined).then(
      (value) => ({ done: false as const, value }),
      (error: unknown) => this.#fail(error),
    );
  }

  return(): Promise<IteratorResult<Message, undefined>> {
    this.#isOver = true;
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #fail(error: unknown): Promise<IteratorResult<Message, undefined>> {
    this.#isOver = true;
    // The end of the socket is the end of its messages.
    return isSocketError(error, "sockets/closed") ? Promise.resolve(DONE) : Promise.reject(error);
  }
}
