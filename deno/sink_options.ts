import { parseArgs } from "node:util";
import { isLoopback, nonEmpty, oneOf, whole } from "./option_values.ts";
import { UsageError } from "./serve_options.ts";

/** What the sink's command line asks for. */
export interface SinkOptions {
  readonly dir: string;
  /** The collector's metrics endpoint. */
  readonly url: string;
  readonly top: number;
  readonly log: "text" | "json";
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

/** The help page. */
export const SINK_HELP = `Follows a store's folder and sends what is in it to an OpenTelemetry collector, as OTLP metrics over HTTP.

deno run --allow-net --allow-read=DIR --allow-write=DIR --allow-env=OTEL_* deno/otlp_sink.ts --dir DIR --otlp URL [options]

  --dir DIR             the server's folder (./data)
  --otlp URL            the collector, such as http://127.0.0.1:4318; /v1/metrics is added to a URL without a path
  --top N               processes of each snapshot, the busiest first (10); 0 for the machine alone
  --insecure-plaintext  allow http:// to another machine
  --log text|json       how log lines look (text)
  --log-level LEVEL     debug has a line for each round (info)
  --help                show this

Headers, such as a token, come from the environment: OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20...
`;

const OPTIONS = {
  dir: { type: "string", default: "./data" },
  otlp: { type: "string" },
  top: { type: "string", default: "10" },
  "insecure-plaintext": { type: "boolean", default: false },
  log: { type: "string", default: "text" },
  "log-level": { type: "string", default: "info" },
  help: { type: "boolean", default: false },
} as const;

/**
 * Reads a command line; nothing when it asks for help.
 *
 * @throws UsageError
 */
export function parseSinkOptions(args: readonly string[]): SinkOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  if (values.otlp === undefined) throw new UsageError("--otlp is missing: --otlp http://127.0.0.1:4318");
  return {
    dir: read("--dir", values.dir, nonEmpty),
    url: read("--otlp", values.otlp, (text) => endpoint(text, values["insecure-plaintext"])),
    top: read("--top", values.top, whole(0, 65_536)),
    log: read("--log", values.log, oneOf("text", "json")) as SinkOptions["log"],
    logLevel: read(
      "--log-level",
      values["log-level"],
      oneOf("debug", "info", "warn", "error"),
    ) as SinkOptions["logLevel"],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function read<T>(flag: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    throw new UsageError(`${flag} ${text}: ${(error as Error).message}`);
  }
}

function endpoint(text: string, insecurePlaintext: boolean): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error("is no http:// or https:// URL");
  if (url.protocol === "http:" && !insecurePlaintext && !isLoopback(url.hostname.replace(/^\[|\]$/g, ""))) {
    throw new Error("would be read by anyone on the way; use https://, or say --insecure-plaintext");
  }
  if (url.pathname === "/") url.pathname = "/v1/metrics";
  return url.href;
}
