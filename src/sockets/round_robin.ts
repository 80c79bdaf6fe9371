import type { Message } from "../protocols/zmtp/session_types.ts";
import type { Pipe } from "./pipe.ts";

/**
 * Sends each message to the next pipe that takes it. Pipes stand in one list, those that take messages before those that
 * are full; a pipe changes sides by swapping places, so nothing is searched (zmtp §2.2).
 */
export class RoundRobin {
  readonly #pipes: Pipe[] = [];
  #active = 0;
  #current = 0;

  add(pipe: Pipe): void {
    pipe.sendAt = this.#pipes.length;
    this.#pipes.push(pipe);
    this.activate(pipe);
  }

  remove(pipe: Pipe): void {
    if (pipe.sendAt < 0) return;
    if (pipe.sendAt < this.#active) this.#deactivate(pipe);
    this.#swap(pipe.sendAt, this.#pipes.length - 1);
    this.#pipes.pop();
    pipe.sendAt = -1;
  }

  /** The pipe takes messages again. */
  activate(pipe: Pipe): void {
    if (pipe.sendAt < this.#active) return;
    this.#swap(pipe.sendAt, this.#active);
    this.#active++;
  }

  /** @returns the pipe that took the message, or nothing when none does */
  send(message: Message): Pipe | undefined {
    while (this.#active > 0) {
      const pipe = this.#pipes[this.#current]!;
      if (pipe.write(message)) {
        // A whole message has gone: the next one is the next pipe's.
        if (++this.#current >= this.#active) this.#current = 0;
        return pipe;
      }
      this.#deactivate(pipe);
    }
    return undefined;
  }

  #deactivate(pipe: Pipe): void {
    this.#active--;
    this.#swap(pipe.sendAt, this.#active);
    if (this.#current >= this.#active) this.#current = 0;
  }

  #swap(a: number, b: number): void {
    if (a === b) return;
    const pipe = this.#pipes[a]!;
    this.#pipes[a] = this.#pipes[b]!;
    this.#pipes[b] = pipe;
    this.#pipes[a]!.sendAt = a;
    pipe.sendAt = b;
  }
}
