import { TextLineStream } from "./text_lines.ts";

/** One line of a log. */
export interface LogLine {
  readonly event: string;
  readonly level: string;
  readonly [field: string]: unknown;
}

/** A process that logs JSON lines to its standard output. */
export class LoggedProcess {
  readonly lines: LogLine[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #wake = Promise.withResolvers<void>();

  constructor(command: string, args: readonly string[]) {
    this.#child = new Deno.Command(command, { args: [...args], stdout: "piped", stderr: "inherit" }).spawn();
    this.#reading = this.#read();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The first line of an event so far. */
  first(event: string): LogLine | undefined {
    return this.lines.find((line) => line.event === event);
  }

  count(event: string): number {
    return this.lines.filter((line) => line.event === event).length;
  }

  /** Waits for an event to be logged; at once when it was. */
  async logged(event: string): Promise<LogLine> {
    return await this.loggedWhere((line) => line.event === event);
  }

  /** Waits for a line of which something holds; at once when there was one. */
  async loggedWhere(holds: (line: LogLine) => boolean): Promise<LogLine> {
    for (;;) {
      const line = this.lines.find(holds);
      if (line !== undefined) return line;
      await this.#wake.promise;
    }
  }

  /** Waits until an event was logged so many times. */
  async loggedTimes(event: string, times: number): Promise<void> {
    while (this.count(event) < times) await this.#wake.promise;
  }

  kill(signal: "SIGTERM" | "SIGKILL" | "SIGINT" | "SIGHUP"): void {
    this.#child.kill(signal);
  }

  /** The exit code, once it is over and all it said is read. */
  async ended(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#reading;
    return code;
  }

  /** Ends it whatever it does; for the end of a test that may have failed. */
  end(): void {
    try {
      this.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }

  async #read(): Promise<void> {
    for await (const line of this.#child.stdout.pipeThrough(new TextLineStream())) {
      this.lines.push(JSON.parse(line));
      const wake = this.#wake;
      this.#wake = Promise.withResolvers();
      wake.resolve();
    }
  }
}
