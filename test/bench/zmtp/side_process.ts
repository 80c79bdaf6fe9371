import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { SideReport } from "./task.ts";

/** A run that takes longer hangs. */
const REPORT_TIMEOUT_MS = 30_000;

/** What is waited for in a run: it fails when one of the processes does, whichever it is. */
export function whileAllRun<T>(work: Promise<T>, processes: readonly SideProcess[]): Promise<T> {
  return Promise.race([work, ...processes.map((one) => one.failed)]);
}

/** One process of a run. */
export class SideProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #giveUp!: (error: Error) => void;
  /** Rejects when the process ends or is silent. */
  readonly failed: Promise<never> = new Promise((_, reject) => {
    this.#giveUp = reject;
  });
  readonly #reports: SideReport[] = [];
  #waiting: { resolve(report: SideReport): void; reject(error: Error): void } | undefined;
  #failure: Error | undefined;
  #errors = "";

  constructor(command: readonly string[], timeoutMs: number = REPORT_TIMEOUT_MS) {
    const [program, ...args] = command;
    // Who asks for nothing any more need not hear of it.
    this.failed.catch(() => {});
    this.#child = spawn(program!, args, { stdio: "pipe" });
    const timer = setTimeout(() => this.#fail(new Error(`no report within ${timeoutMs} ms`)), timeoutMs);
    this.#ended = new Promise((resolve) => {
      this.#child.once("close", (code, signal) => {
        clearTimeout(timer);
        this.#fail(new Error(`ended with ${code ?? signal}: ${this.#errors.trim().slice(-500)}`));
        resolve();
      });
    });
    this.#child.once("error", (error) => this.#fail(error));
    this.#child.stdin!.on("error", () => {});
    this.#child.stderr!.on("data", (chunk: Buffer) => {
      this.#errors += chunk.toString();
    });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => this.#read(line));
  }

  /** The next report; rejects when the process ends or is silent instead. */
  report(): Promise<SideReport> {
    const report = this.#reports.shift();
    if (report !== undefined) return Promise.resolve(report);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** The word that a publisher waits for. */
  go(): void {
    this.#child.stdin!.write("go\n");
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  #read(line: string): void {
    try {
      this.#take(JSON.parse(line));
    } catch {
      this.#fail(new Error(`no report: ${line.slice(0, 200)}`));
    }
  }

  #take(report: SideReport): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#reports.push(report);
    else waiting.resolve(report);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#giveUp(this.#failure);
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
  }
}
