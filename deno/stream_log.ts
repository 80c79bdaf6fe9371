import type { Log, LogFields, LogLevel } from "../src/ports/mod.ts";

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Lines that wait for a reader that is stuck. The server goes on; what is over is dropped and counted. */
const MAX_WAITING_BYTES = 1024 * 1024;

const UTF8 = new TextEncoder();

/** A log on a stream, as one JSON object a line or as text for people. */
export class StreamLog implements Log {
  readonly #write: (bytes: Uint8Array) => Promise<number>;
  readonly #format: "text" | "json";
  #least: number;
  readonly #utcMs: () => number;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #writing: Promise<void> | undefined;

  /** @param write takes some of the bytes and says how many, as `Deno.stdout.write` does */
  constructor(options: {
    readonly write: (bytes: Uint8Array) => Promise<number>;
    readonly format: "text" | "json";
    readonly level: LogLevel;
    readonly utcMs: () => number;
  }) {
    this.#write = options.write;
    this.#format = options.format;
    this.#least = RANK[options.level];
    this.#utcMs = options.utcMs;
  }

  /** Whether a line of that level would be written. */
  shows(level: LogLevel): boolean {
    return RANK[level] >= this.#least;
  }

  /** What is shown from now on. */
  setLevel(level: LogLevel): void {
    this.#least = RANK[level];
  }

  write(level: LogLevel, event: string, fields: LogFields = {}): void {
    if (!this.shows(level)) return;
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#dropped++;
      return;
    }
    if (this.#dropped > 0) {
      const dropped = this.#dropped;
      this.#dropped = 0;
      this.#add("warn", "logDropped", { lines: dropped });
    }
    this.#add(level, event, fields);
    this.#writing ??= this.#run();
  }

  /** Resolves when what was written so far is out. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  #add(level: LogLevel, event: string, fields: LogFields): void {
    const time = new Date(this.#utcMs()).toISOString();
    const line =
      this.#format === "json"
        ? JSON.stringify({ time, level, event, ...fields })
        : textLine(time, level, event, fields);
    const bytes = UTF8.encode(`${line}\n`);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  async #run(): Promise<void> {
    // Lines of one turn go out together.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) {
        const lines = this.#waiting;
        this.#waiting = [];
        this.#waitingBytes = 0;
        const bytes = new Uint8Array(lines.reduce((sum, { length }) => sum + length, 0));
        let filled = 0;
        for (const line of lines) {
          bytes.set(line, filled);
          filled += line.length;
        }
        for (let at = 0; at < bytes.length; ) at += await this.#write(bytes.subarray(at));
      }
    } catch {
      // Nobody reads the log any more; that is no reason to stop storing.
      this.#waiting = [];
      this.#waitingBytes = 0;
    }
    this.#writing = undefined;
  }
}

function textLine(time: string, level: LogLevel, event: string, fields: LogFields): string {
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${textValue(value)}`);
  return `${time.slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${event}${pairs.join("")}`;
}

/** Quoted when it would be ambiguous; peers choose some of it, so control characters are never written as they are. */
function textValue(value: LogFields[string]): string {
  const text = String(value);
  return /^[\w.:/@%+-]+$/.test(text) ? text : JSON.stringify(text);
}
