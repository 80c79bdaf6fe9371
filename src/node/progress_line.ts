import type { CommandIo } from "./command.ts";

/** Often enough to look alive, seldom enough to cost nothing. */
const UPDATE_INTERVAL_MS = 250;

/** A line on a terminal's standard error that says how far something has come; nothing where there is no terminal. */
export class ProgressLine {
  readonly #stderr: CommandIo["stderr"];
  #shownMs: number = performance.now();
  #isShown = false;

  constructor(stderr: CommandIo["stderr"]) {
    this.#stderr = stderr;
  }

  /** Shows the text, unless another was shown just now. What is done within a moment never shows any. */
  update(text: () => string): void {
    const nowMs = performance.now();
    if (this.#stderr.isTTY !== true || nowMs - this.#shownMs < UPDATE_INTERVAL_MS) return;
    this.#shownMs = nowMs;
    this.#isShown = true;
    this.#stderr.write(`\r\u001b[K${text()}`);
  }

  /** Takes the line away, before anything else is written. */
  clear(): void {
    if (this.#isShown) this.#stderr.write("\r\u001b[K");
    this.#isShown = false;
  }
}
