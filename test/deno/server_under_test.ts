import { TextLineStream } from "./text_lines.ts";

/** One line of the server's log. */
export interface LogLine {
  readonly event: string;
  readonly level: string;
  readonly [field: string]: unknown;
}

const SERVE = new URL("../../deno/serve.ts", import.meta.url).pathname;

/** Free ports, and a log that tests can read. */
export const COMMON_FLAGS: readonly string[] = [
  "--listen",
  "127.0.0.1:0",
  "--http",
  "127.0.0.1:0",
  "--log",
  "json",
  "--log-level",
  "debug",
];

/** How a server is run that stores into a stream: it may use the network and nothing else. */
export function streamServeArgs(storeUrl: string, flags: readonly string[]): string[] {
  return ["run", "--no-prompt", "--allow-net", SERVE, "--store", storeUrl, ...flags];
}

/** How the server is run: these permissions and no others. Files for TLS lie beside the store. */
export function serveArgs(dir: string, flags: readonly string[]): string[] {
  const files = flags.filter((_, i) => /^--(tls-|http-token)/.test(flags[i - 1] ?? ""));
  const readable = [dir, ...files].join(",");
  const permissions = ["--no-prompt", "--allow-net", `--allow-read=${readable}`, `--allow-write=${dir}`];
  return ["run", ...permissions, SERVE, "--dir", dir, ...flags];
}

/** A server process. */
export class ServerUnderTest {
  readonly lines: LogLine[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #wake = Promise.withResolvers<void>();

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = this.#read();
  }

  /** Starts one on free ports and waits until it listens. */
  static async start(dir: string, flags: readonly string[] = [], softFileBlocks?: number): Promise<ServerUnderTest> {
    const args = serveArgs(dir, [...COMMON_FLAGS, ...flags]);
    const limited = `trap '' XFSZ; ulimit -S -f ${softFileBlocks}; exec "$0" "$@"`;
    const [command, commandArgs] =
      softFileBlocks === undefined ? [Deno.execPath(), args] : ["/bin/sh", ["-c", limited, Deno.execPath(), ...args]];
    return await ServerUnderTest.#spawn(command, commandArgs);
  }

  /** Starts one that stores into a stream, and waits until it listens. */
  static async startOnStream(storeUrl: string, flags: readonly string[] = []): Promise<ServerUnderTest> {
    return await ServerUnderTest.#spawn(Deno.execPath(), streamServeArgs(storeUrl, [...COMMON_FLAGS, ...flags]));
  }

  static async #spawn(command: string, args: readonly string[]): Promise<ServerUnderTest> {
    const child = new Deno.Command(command, { args: [...args], stdout: "piped", stderr: "inherit" }).spawn();
    const server = new ServerUnderTest(child);
    await server.logged("listening");
    return server;
  }

  get pid(): number {
    return this.#child.pid;
  }

  get port(): number {
    return Number(String(this.first("listening")!["address"]).split(":").at(-1));
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
    for (;;) {
      const line = this.first(event);
      if (line !== undefined) return line;
      await this.#wake.promise;
    }
  }

  /** Waits until an event was logged so many times. */
  async loggedTimes(event: string, times: number): Promise<void> {
    while (this.count(event) < times) await this.#wake.promise;
  }

  /** The value of a time series in /metrics; 0 when it is not there. */
  async metric(series: string, init?: RequestInit): Promise<number> {
    const { text } = await this.http("/metrics", init);
    return Number(
      text
        .split("\n")
        .find((line) => line.startsWith(`${series} `))
        ?.slice(series.length) ?? 0,
    );
  }

  async http(path: string, init?: RequestInit): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`http://${this.first("listening")!["http"]}${path}`, init);
    return { status: response.status, text: await response.text() };
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

  async stop(): Promise<number> {
    this.kill("SIGTERM");
    return await this.ended();
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
