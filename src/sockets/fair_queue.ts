import type { Message } from "../protocols/zmtp/session_types.ts";
import type { Pipe } from "./pipe.ts";

/**
 * Takes one message from each pipe in turn. Pipes with messages stand before those without, as in `RoundRobin`; a pipe that
 * has ended leaves once it is empty (zmtp §2.2).
 */
export class FairQueue {
  /** The pipe that gave the last message. */
  last: Pipe | undefined;
  readonly #pipes: Pipe[] = [];
  #active = 0;
  #current = 0;

  add(pipe: Pipe): void {
    pipe.receiveAt = this.#pipes.length;
    this.#pipes.push(pipe);
    if (pipe.inbox.size > 0) this.activate(pipe);
  }

  /** At once, whatever is in it. */
  remove(pipe: Pipe): void {
    if (pipe.receiveAt < 0) return;
    if (pipe.receiveAt < this.#active) this.#deactivate(pipe);
    this.#swap(pipe.receiveAt, this.#pipes.length - 1);
    this.#pipes.pop();
    pipe.receiveAt = -1;
  }

  /** The pipe gets no more messages. */
  end(pipe: Pipe): void {
    if (pipe.inbox.size === 0) this.remove(pipe);
  }

  /** The pipe has messages. */
  activate(pipe: Pipe): void {
    if (pipe.receiveAt < this.#active) return;
    this.#swap(pipe.receiveAt, this.#active);
    this.#active++;
  }

  receive(): Message | undefined {
    while (this.#active > 0) {
      const pipe = this.#pipes[this.#current]!;
      const message = pipe.read();
      if (message !== undefined) {
        this.last = pipe;
        if (++this.#current >= this.#active) this.#current = 0;
        return message;
      }
      this.#starved(pipe);
    }
    return undefined;
  }

  /** Several messages, the same ones in the same order as `receive` gives; as many as come cheaply. */
  receiveBatch(maxMessages: number): Message[] {
    while (this.#active === 1) {
      const pipe = this.#pipes[0]!;
      const messages = pipe.readBatch(maxMessages);
      if (messages.length > 0) {
        this.last = pipe;
        return messages;
      }
      this.#starved(pipe);
    }
    const messages: Message[] = [];
    while (messages.length < maxMessages) {
      const message = this.receive();
      if (message === undefined) break;
      messages.push(message);
    }
    return messages;
  }

  #starved(pipe: Pipe): void {
    if (pipe.isEnding) this.remove(pipe);
    else this.#deactivate(pipe);
  }

  #deactivate(pipe: Pipe): void {
    this.#active--;
    this.#swap(pipe.receiveAt, this.#active);
    if (this.#current >= this.#active) this.#current = 0;
  }

  #swap(a: number, b: number): void {
    if (a === b) return;
    const pipe = this.#pipes[a]!;
    this.#pipes[a] = this.#pipes[b]!;
    this.#pipes[b] = pipe;
    this.#pipes[a]!.receiveAt = a;
    pipe.receiveAt = b;
  }
}
