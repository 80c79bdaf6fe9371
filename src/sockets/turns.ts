import type { SocketHost } from "../ports/socket_host.ts";
import { WaitingCall } from "./waiting_call.ts";

/** Sends in one turn of the loop after which a sender is asked to wait for the next: reads and timers want their turn too. */
const TURN_SENDS = 8_192;
/** As many writes in the middle of a turn: 1 MiB (zmtp §3.1 rule 2). */
const TURN_WRITES = 16;

/**
 * When a socket's output leaves: at the end of the turn in which an idle socket was given some; later output of the same turn with
 * the next one. So a question goes out at once, and a flood in one write a turn (zmtp §3.1 rule 1).
 */
export class Turns {
  /** What this turn has seen; the owner counts. */
  sends = 0;
  writes = 0;
  readonly #host: SocketHost;
  readonly #work: () => void;
  /** The work is to be done, at the end of this turn or with the next one. */
  #isPlanned = false;
  /** The next turn is asked for. */
  #isOpen = false;
  #next: WaitingCall<void> | undefined;

  /** @param work done at most once a turn, as often as it is planned */
  constructor(host: SocketHost, work: () => void) {
    this.#host = host;
    this.#work = work;
  }

  /** Whether this turn has had its share: who sends on should wait for {@linkcode next} first. */
  get isFull(): boolean {
    return this.sends >= TURN_SENDS || this.writes >= TURN_WRITES;
  }

  /** Does the work soon: at the end of this turn, or with the next one if that was done in this turn before. */
  readonly plan = (): void => {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    if (!this.#isOpen) this.#host.endOfTurn(this.#onEnd);
  };

  /** Resolves in the next turn. */
  next(): Promise<void> {
    this.#next ??= new WaitingCall();
    this.#open();
    return this.#next.promise;
  }

  readonly #onEnd = (): void => {
    this.#isPlanned = false;
    this.#open();
    this.#work();
  };

  readonly #onNext = (): void => {
    this.#isOpen = false;
    this.sends = 0;
    this.writes = 0;
    const waiting = this.#next;
    this.#next = undefined;
    if (this.#isPlanned) {
      this.#isPlanned = false;
      this.#open();
      this.#work();
    }
    waiting?.resolve();
  };

  #open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#host.nextTurn(this.#onNext);
  }
}
