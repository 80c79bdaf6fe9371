/** What a {@linkcode DeadlineHeap} keeps in order; the heap writes both fields, nobody else does. */
export interface Timed {
  /** When it is due. */
  dueMs: number;
  /** Where it lies in the heap; -1 when it is not in there. */
  heapAt: number;
}

/**
 * Deadlines of thousands of connections: the earliest one at once, setting and removing one in O(log n). An item knows
 * its own place, so a closed connection leaves nothing behind.
 */
export class DeadlineHeap<T extends Timed> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The earliest deadline, or nothing. */
  nextMs(): number | undefined {
    return this.#items[0]?.dueMs;
  }

  /** Puts an item in, or moves it. */
  set(item: T, dueMs: number): void {
    item.dueMs = dueMs;
    if (item.heapAt < 0) {
      item.heapAt = this.#items.length;
      this.#items.push(item);
    }
    this.#siftUp(item);
    this.#siftDown(item);
  }

  remove(item: T): void {
    if (item.heapAt < 0) return;
    const last = this.#items.pop()!;
    const at = item.heapAt;
    item.heapAt = -1;
    if (last === item) return;
    last.heapAt = at;
    this.#items[at] = last;
    this.#siftUp(last);
    this.#siftDown(last);
  }

  /** Removes and gives the earliest item that is due, or nothing. */
  takeDue(nowMs: number): T | undefined {
    const first = this.#items[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    this.remove(first);
    return first;
  }

  #siftUp(item: T): void {
    while (item.heapAt > 0) {
      const parent = this.#items[(item.heapAt - 1) >> 1]!;
      if (parent.dueMs <= item.dueMs) return;
      this.#swap(parent, item);
    }
  }

  #siftDown(item: T): void {
    for (;;) {
      const left = this.#items[item.heapAt * 2 + 1];
      if (left === undefined) return;
      const right = this.#items[item.heapAt * 2 + 2];
      const child = right !== undefined && right.dueMs < left.dueMs ? right : left;
      if (child.dueMs >= item.dueMs) return;
      this.#swap(item, child);
    }
  }

  /** `upper` and `lower` are parent and child. */
  #swap(upper: T, lower: T): void {
    const at = upper.heapAt;
    upper.heapAt = lower.heapAt;
    lower.heapAt = at;
    this.#items[upper.heapAt] = upper;
    this.#items[lower.heapAt] = lower;
  }
}
