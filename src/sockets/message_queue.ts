import type { Message } from "../protocols/zmtp/session_types.ts";

/** Messages that came together. */
interface Batch {
  items: Message[];
  next: Batch | undefined;
}

/** A batch that is added to message by message is closed at this size, so that what was read from it can be freed. */
const BATCH_MESSAGES = 256;
/** Stands where a message was, so that a read message is not kept alive by its neighbours. */
const READ: Message = [];
const NONE: Message[] = [];

/** A first-in, first-out queue of messages that takes and gives whole batches without looking at each message. */
export class MessageQueue {
  /** Messages in it. */
  size = 0;
  #head: Batch = { items: [], next: undefined };
  #tail: Batch = this.#head;
  /** What was read of the head batch. */
  #at = 0;

  push(message: Message): void {
    if (this.#tail.items.length >= BATCH_MESSAGES) this.#append([message]);
    else this.#tail.items.push(message);
    this.size++;
  }

  /** @param messages owned by the queue from here on */
  pushAll(messages: Message[]): void {
    if (messages.length === 0) return;
    if (this.size === 0) {
      this.#head = { items: messages, next: undefined };
      this.#tail = this.#head;
      this.#at = 0;
    } else {
      this.#append(messages);
    }
    this.size += messages.length;
  }

  peek(): Message | undefined {
    return this.size === 0 ? undefined : this.#head.items[this.#at];
  }

  shift(): Message | undefined {
    if (this.size === 0) return undefined;
    const { items } = this.#head;
    const message = items[this.#at]!;
    items[this.#at] = READ;
    this.size--;
    if (++this.#at === items.length) this.#dropHead();
    return message;
  }

  /** At most so many of the oldest messages, often fewer: as many as came together. Owned by the caller. */
  shiftBatch(maxMessages: number): Message[] {
    if (this.size === 0) return [];
    const { items } = this.#head;
    const at = this.#at;
    if (at === 0 && items.length <= maxMessages) {
      this.size -= items.length;
      this.#dropHead();
      return items;
    }
    const taken = items.slice(at, at + maxMessages);
    items.fill(READ, at, at + taken.length);
    this.size -= taken.length;
    this.#at += taken.length;
    if (this.#at === items.length) this.#dropHead();
    return taken;
  }

  clear(): void {
    this.#head = { items: [], next: undefined };
    this.#tail = this.#head;
    this.#at = 0;
    this.size = 0;
  }

  #append(items: Message[]): void {
    const batch: Batch = { items, next: undefined };
    this.#tail.next = batch;
    this.#tail = batch;
  }

  #dropHead(): void {
    this.#at = 0;
    const { next } = this.#head;
    if (next !== undefined) {
      // A batch that has grown old would keep all that came after it until old memory is swept, too.
      this.#head.next = undefined;
      this.#head.items = NONE;
      this.#head = next;
    } else {
      this.#head = { items: [], next: undefined };
      this.#tail = this.#head;
    }
  }
}
