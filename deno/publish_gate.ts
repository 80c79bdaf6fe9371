/** Lets publishes through while their number and their bytes are within bounds. */
export class PublishGate {
  readonly #maxCount: number;
  readonly #maxBytes: number;
  #count = 0;
  #bytes = 0;
  readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = [];

  constructor(maxCount: number, maxBytes: number) {
    this.#maxCount = maxCount;
    this.#maxBytes = maxBytes;
  }

  /** Runs `publish` in its turn. One that is over the bound of bytes goes alone. */
  async pass<T>(bytes: number, publish: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0 || !this.#hasRoom(bytes)) {
      await new Promise<void>((enter) => this.#waiting.push({ bytes, enter }));
    } else {
      this.#take(bytes);
    }
    try {
      return await publish();
    } finally {
      this.#count--;
      this.#bytes -= bytes;
      this.#letIn();
    }
  }

  #letIn(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#hasRoom(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#take(next.bytes);
      next.enter();
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#count === 0 || (this.#count < this.#maxCount && this.#bytes + bytes <= this.#maxBytes);
  }

  #take(bytes: number): void {
    this.#count++;
    this.#bytes += bytes;
  }
}
