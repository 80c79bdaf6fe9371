import { LoggedProcess } from "./logged_process.ts";

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

/** How a server is run that stores into a stream: it may use the network, the files that are named, and nothing else. */
export function streamServeArgs(storeUrl: string, flags: readonly string[]): string[] {
  const files = flags.filter((_, i) => flags[i - 1]?.startsWith("--nats-"));
  const readable = files.length === 0 ? [] : [`--allow-read=${files.join(",")}`];
  return ["run", "--no-prompt", "--allow-net", ...readable, SERVE, "--store", storeUrl, ...flags];
}

/** How the server is run: these permissions and no others. Files for TLS lie beside the store. */
export function serveArgs(dir: string, flags: readonly string[]): string[] {
  const files = flags.filter((_, i) => /^--(tls-|http-token)/.test(flags[i - 1] ?? ""));
  const readable = [dir, ...files].join(",");
  const permissions = ["--no-prompt", "--allow-net", `--allow-read=${readable}`, `--allow-write=${dir}`];
  return ["run", ...permissions, SERVE, "--dir", dir, ...flags];
}

/** A server process. */
export class ServerUnderTest extends LoggedProcess {
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
    const server = new ServerUnderTest(command, args);
    await server.logged("listening");
    return server;
  }

  get port(): number {
    return Number(String(this.first("listening")!["address"]).split(":").at(-1));
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

  async stop(): Promise<number> {
    this.kill("SIGTERM");
    return await this.ended();
  }
}
