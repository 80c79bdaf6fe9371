import { type ChildProcess, spawn } from "node:child_process";
import { onTestFinished } from "vitest";

/** One line of a structured log. */
export type LogEvent = { readonly event: string; readonly level: string } & Readonly<Record<string, unknown>>;

/** How a process ended, and all that it said. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A test that waits longer for a line than this has its answer. */
const WAIT_MS = 20_000;

/** A child process that is watched through its log, and gone when the test is over. */
export class LogProcess {
  readonly events: LogEvent[] = [];
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #out = "";
  #err = "";
  #ending: Ending | undefined;

  /** @param keep how the process outlives a test: by default it ends with the one that started it */
  constructor(
    command: string,
    args: readonly string[],
    options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly keep?: boolean },
  ) {
    const { cwd, env } = options;
    this.#child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    this.#listen("stdout", (text) => {
      this.#out += text;
    });
    this.#listen("stderr", (text) => {
      this.#err += text;
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("close", (code, signal) => {
        this.#ending = { code, signal, out: this.#out, err: this.#err };
        this.#wake();
        resolve(this.#ending);
      });
    });
    if (options.keep !== true) onTestFinished(() => this.end("SIGKILL").then(() => {}));
  }

  get isRunning(): boolean {
    return this.#ending === undefined;
  }

  /** What came on both streams so far, for a failing test's message. */
  get said(): string {
    return this.#out + this.#err;
  }

  kill(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(signal);
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<Ending> {
    this.kill(signal);
    return this.ended;
  }

  /** Events of one kind so far. */
  all(event: string): LogEvent[] {
    return this.events.filter((one) => one.event === event);
  }

  /** The first event of a kind, now or later, that has what is asked for. */
  event(name: string, matches: (event: LogEvent) => boolean = () => true): Promise<LogEvent> {
    return this.until(name, () => this.events.find((one) => one.event === name && matches(one)));
  }

  /** Waits until something holds; looks each time the process says something. */
  async until<T>(what: string, look: () => T | undefined | false): Promise<T> {
    const endMs = Date.now() + WAIT_MS;
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      if (!this.isRunning) throw new Error(`the process ended before ${what}:\n${this.said.slice(-4_000)}`);
      if (Date.now() >= endMs) throw new Error(`not within ${WAIT_MS} ms: ${what}:\n${this.said.slice(-4_000)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => this.#wake(), endMs - Date.now());
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  #listen(stream: "stdout" | "stderr", take: (text: string) => void): void {
    let line = "";
    const source = this.#child[stream]!.setEncoding("utf8");
    source.on("data", (text: string) => {
      take(text);
      const lines = (line + text).split("\n");
      line = lines.pop()!;
      for (const one of lines) this.#takeLine(one);
      this.#wake();
    });
  }

  #takeLine(line: string): void {
    if (!line.startsWith("{")) return;
    try {
      const event = JSON.parse(line) as LogEvent;
      if (typeof event.event === "string") this.events.push(event);
    } catch {
      // Not a log line.
    }
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
