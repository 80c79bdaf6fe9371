import { denoEnvironment, findDeno } from "../../scripts/find_deno.mjs";
import { LogProcess } from "./log_process.ts";
import { root } from "./places.ts";

/** How a test runs the server. */
export interface ServerRun {
  readonly dir: string;
  /** Free ones when left out. */
  readonly port?: number;
  readonly httpPort?: number;
  /** More of its options. */
  readonly flags?: readonly string[];
  /** Outlives the test that started it; the caller ends it. */
  readonly keep?: boolean;
}

/** The server as it is run in production: the same file, the same permissions. */
export class ServerProcess extends LogProcess {
  #port = 0;
  #http = "";

  constructor(run: ServerRun) {
    const { dir, port = 0, httpPort = 0, flags = [], keep = false } = run;
    const permissions = ["--no-prompt", "--allow-net", `--allow-read=${dir}`, `--allow-write=${dir}`];
    const addresses = ["--listen", `127.0.0.1:${port}`, "--http", `127.0.0.1:${httpPort}`];
    const logs = ["--log", "json", "--log-level", "debug"];
    const args = ["run", ...permissions, "deno/serve.ts", "--dir", dir, ...addresses, ...logs, ...flags];
    super(findDeno().path, args, { cwd: root, env: denoEnvironment(), keep });
  }

  /** Starts one and waits until it listens. */
  static async start(run: ServerRun): Promise<ServerProcess> {
    const server = new ServerProcess(run);
    const { address, http } = await server.event("listening");
    server.#port = Number(String(address).split(":").at(-1));
    server.#http = `http://${http}`;
    return server;
  }

  /** Where agents connect. */
  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Status and text of `/healthz`, `/readyz` or `/metrics`. */
  async http(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(this.#http + path);
    return { status: response.status, text: await response.text() };
  }

  /** One sample of `/metrics`, as `name` or `name{label="value"}`; 0 when it is not there. */
  async metric(sample: string): Promise<number> {
    const { text } = await this.http("/metrics");
    const line = text.split("\n").find((one) => one.startsWith(`${sample} `));
    return line === undefined ? 0 : Number(line.slice(sample.length + 1));
  }
}
