/** Something that happens at a time. */
export interface Task {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Virtual time: what is due first happens first, and what is due together happens in the order it was asked for. */
export class Scheduler {
  nowMs = 0;
  steps = 0;
  /** Set by whoever has woken a promise: the loop lets promises run before the next step. */
  hasPromises = false;
  readonly #heap: Task[] = [];
  #order = 0;

  after(delayMs: number, run: () => void): Task {
    const task: Task = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#push(task);
    return task;
  }

  cancel(task: Task | undefined): void {
    if (task !== undefined) task.run = undefined;
  }

  /** Does what is due next, unless it is due after `untilMs`. False when there was nothing. */
  async step(untilMs: number): Promise<boolean> {
    let task = this.#heap[0];
    while (task !== undefined && task.run === undefined) {
      this.#pop();
      task = this.#heap[0];
    }
    if (task === undefined || task.atMs > untilMs) return false;
    this.#pop();
    this.nowMs = task.atMs;
    this.steps++;
    task.run!();
    // One turn of the loop runs every promise that can go on: nothing here waits for the world outside.
    if (this.hasPromises) {
      this.hasPromises = false;
      await new Promise(setImmediate);
    }
    return true;
  }

  #push(task: Task): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(task);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(task, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = task;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
