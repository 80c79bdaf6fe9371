import type { ReadStream, WriteStream } from "node:tty";

const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[?25h\u001b[?1049l";
/** Terminals that know it show what stands between at once; others ignore it (synchronized output). */
const BEGIN_UPDATE = "\u001b[?2026h\u001b[H";
const END_UPDATE = "\u001b[?2026l";
const CLEAR_LINE = "\u001b[K";
const MIN_ROWS = 8;
const MIN_COLUMNS = 40;

const ARROW_CHARS = 3;

/** Keys by what a terminal sends for them. */
const KEYS: Readonly<Record<string, string>> = {
  "\u001b[A": "up",
  "\u001bOA": "up",
  "\u001b[B": "down",
  "\u001bOB": "down",
  "\u0003": "q",
};

/** A terminal's whole screen, drawn over in place, and its keys; what stood there before comes back at the end. */
export class Screen {
  readonly #stdin: ReadStream;
  readonly #stdout: WriteStream;
  readonly #onData: (data: string) => void;
  #shown: readonly string[] = [];

  /** @param onKey `up`, `down` or a letter */
  constructor(stdin: ReadStream, stdout: WriteStream, onKey: (key: string) => void, onResize: () => void) {
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.#onData = (data) => {
      // Keys that are held come several at a time.
      for (let at = 0; at < data.length; ) {
        const key = [data.slice(at, at + ARROW_CHARS), data[at]!].find((sent) => KEYS[sent] !== undefined) ?? data[at]!;
        onKey(KEYS[key] ?? key);
        at += key.length;
      }
    };
    stdin.setEncoding("utf8");
    stdin.setRawMode(true);
    stdin.on("data", this.#onData);
    stdout.on("resize", () => {
      this.#shown = [];
      stdout.write("\u001b[2J");
      onResize();
    });
    stdout.write(ENTER);
  }

  get columns(): number {
    return Math.max(MIN_COLUMNS, this.#stdout.columns);
  }

  get rows(): number {
    return Math.max(MIN_ROWS, this.#stdout.rows);
  }

  /** Draws the lines; those that are the same as before are left as they are. */
  draw(lines: readonly string[]): void {
    let text = BEGIN_UPDATE;
    for (const [i, line] of lines.entries()) {
      if (i > 0) text += "\r\n";
      // Cleared first: behind a line as wide as the screen, its last character would go.
      if (this.#shown[i] !== line) text += CLEAR_LINE + line;
    }
    this.#stdout.write(text + END_UPDATE);
    this.#shown = lines;
  }

  close(): void {
    this.#stdin.off("data", this.#onData);
    this.#stdin.setRawMode(false);
    this.#stdin.pause();
    this.#stdout.write(LEAVE);
  }
}
