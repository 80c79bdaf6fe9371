import type { CommandIo } from "./command.ts";

/** Written at once. */
const BATCH_CHARS = 65_536;

/** Standard output of a command that prints much: in batches, and never ahead of who reads it. */
export class TextOutput {
  readonly #stdout: CommandIo["stdout"];
  #batch = "";

  constructor(stdout: CommandIo["stdout"]) {
    this.#stdout = stdout;
  }

  /** Adds lines; waits while the reader is behind. */
  async print(...lines: readonly string[]): Promise<void> {
    for (const line of lines) this.#batch += `${line}\n`;
    if (this.#batch.length >= BATCH_CHARS) await this.flush();
  }

  /** Writes what is there. */
  flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = "";
    if (batch === "") return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#stdout.write(batch, (error) => (error ? reject(error) : resolve()));
    });
  }
}
