import { type ChildProcess, fork } from "node:child_process";

/** A process that is told things and answers. */
export class Child<To extends object, From> {
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  #answers: From[] = [];
  #failure: Error | undefined;
  #isMeantToEnd = false;
  #wake: () => void = () => {};

  constructor(path: string, args: readonly string[], nodeFlags: readonly string[] = []) {
    this.#process = fork(path, args, { execArgv: [...nodeFlags] });
    this.#process.on("message", (answer) => {
      this.#answers.push(answer as From);
      this.#wake();
    });
    this.#process.on("error", () => {});
    this.#ended = new Promise((resolve) => {
      this.#process.once("exit", (code, signal) => {
        this.#failure = new Error(`${path} ended with ${code ?? signal}`);
        this.#wake();
        resolve();
      });
    });
  }

  /** Lost if the process is being killed. */
  tell(message: To): void {
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  /** @throws Error when the process ends instead */
  async next(): Promise<From> {
    while (this.#answers.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#answers.shift()!;
  }

  /** It has ended by itself. */
  get hasFailed(): boolean {
    return this.#failure !== undefined && !this.#isMeantToEnd;
  }

  /** Its connections stay, and nobody is at them. */
  freeze(): void {
    this.#process.kill("SIGSTOP");
  }

  async kill(): Promise<void> {
    this.#isMeantToEnd = true;
    this.#process.kill("SIGKILL");
    await this.#ended;
  }
}
