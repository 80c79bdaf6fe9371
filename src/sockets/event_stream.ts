import type { SocketHost } from "../ports/socket_host.ts";
import type { SocketEvent } from "./socket_events.ts";

/** Events that wait for an iterator that does not read; older ones make room. */
const MAX_UNREAD = 1_024;

/** One reader of events. */
class EventIterator implements AsyncIterableIterator<SocketEvent, undefined> {
  readonly #onReturn: (iterator: EventIterator) => void;
  #unread: SocketEvent[] = [];
  #waiting: ((result: IteratorResult<SocketEvent, undefined>) => void)[] = [];
  #isOver = false;

  constructor(onReturn: (iterator: EventIterator) => void) {
    this.#onReturn = onReturn;
  }

  push(event: SocketEvent): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting({ done: false, value: event });
    else this.#unread.push(event);
    if (this.#unread.length > MAX_UNREAD) this.#unread.shift();
    if (event.type === "end") this.#end();
  }

  next(): Promise<IteratorResult<SocketEvent, undefined>> {
    const event = this.#unread.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<SocketEvent, undefined>> {
    this.#unread = [];
    this.#end();
    this.#onReturn(this);
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #end(): void {
    this.#isOver = true;
    for (const resolve of this.#waiting) resolve({ done: true, value: undefined });
    this.#waiting = [];
  }
}

/** What happens to a socket's connections: for handlers by type, and for iterators, which start with what comes next. */
export class EventStream {
  readonly #host: SocketHost;
  readonly #handlers = new Map<string, Set<(event: SocketEvent) => void>>();
  readonly #iterators = new Set<EventIterator>();

  constructor(host: SocketHost) {
    this.#host = host;
  }

  /** Calls a handler for each event of a type, or of all types. @returns what ends it */
  on<Type extends SocketEvent["type"]>(
    type: Type,
    handler: (event: Extract<SocketEvent, { type: Type }>) => void,
  ): () => void;
  on(type: "*", handler: (event: SocketEvent) => void): () => void;
  on(type: string, handler: (event: never) => void): () => void {
    const handlers = this.#handlers.get(type) ?? new Set();
    this.#handlers.set(type, handlers);
    const entry = handler as (event: SocketEvent) => void;
    handlers.add(entry);
    return () => handlers.delete(entry);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<SocketEvent, undefined> {
    const iterator = new EventIterator((one) => this.#iterators.delete(one));
    this.#iterators.add(iterator);
    return iterator;
  }

  /** @internal */
  emit(event: SocketEvent): void {
    for (const iterator of this.#iterators) iterator.push(event);
    for (const type of [event.type, "*"]) {
      for (const handler of this.#handlers.get(type) ?? []) {
        try {
          handler(event);
        } catch (error) {
          // A handler's fault is its own: it surfaces as uncaught, and the socket goes on.
          this.#host.nextTurn(() => {
            throw error;
          });
        }
      }
    }
  }
}
