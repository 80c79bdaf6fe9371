import type { EngineAction } from "./engine_actions.ts";
import type { Link } from "./link.ts";
import type { SocketEvent } from "./socket_events.ts";

/** A session's output is written once it is this long, in the middle of a turn too: one chunk, one system call. */
export const FLUSH_BYTES = 65_536;

/** What an engine's parts put down for the driver. */
export class EngineOutput {
  /** A link has so much output that it should not wait for the end of the turn. */
  isUrgent = false;
  /** There is something for the driver to do. */
  isPending = false;
  /** When `onTimeout` wants to be called; too early at worst. */
  deadlineMs: number = Number.POSITIVE_INFINITY;
  #actions: EngineAction[] = [];
  #at = 0;
  #touched: Link[] = [];

  add(action: EngineAction): void {
    this.isPending = true;
    this.#actions.push(action);
  }

  event(event: SocketEvent): void {
    this.add({ type: "event", event });
  }

  next(): EngineAction | undefined {
    if (this.#at === this.#actions.length) {
      if (this.#at > 0) {
        this.#actions = [];
        this.#at = 0;
      }
      return undefined;
    }
    return this.#actions[this.#at++];
  }

  /** The link may have something to write. */
  touch(link: Link): void {
    this.isPending = true;
    this.#touched.push(link);
  }

  takeTouched(): Link[] {
    const touched = this.#touched;
    this.#touched = [];
    return touched;
  }

  wakeAt(atMs: number | undefined): void {
    if (atMs !== undefined && atMs < this.deadlineMs) this.deadlineMs = atMs;
  }
}
