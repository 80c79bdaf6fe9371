import type { LogLevel } from "../src/ports/mod.ts";
import { type JetstreamAddress, parseJetstreamAddress } from "./jetstream_address.ts";
import { bytes, duration, nonEmpty, oneOf, parseAddress, whole } from "./option_values.ts";
import { checkSecurity, type Option, SECURITY_OPTIONS, type SecurityOptions } from "./security_options.ts";

/** What the command line asks for, defaults filled in. */
export interface ServeOptions extends SecurityOptions {
  readonly dir: string;
  /** A stream instead of the folder. */
  readonly store: JetstreamAddress | undefined;
  readonly log: "text" | "json";
  readonly logLevel: LogLevel;
  readonly maxConnections: number;
  readonly maxUnstored: number;
  readonly maxBatchSnapshots: number;
  readonly maxBatchDelay: number;
  readonly rotateBytes: number;
  readonly rotateAge: number;
  readonly retainBytes: number;
  readonly retainAge: number;
  readonly heartbeatInterval: number;
  readonly drainTimeout: number;
  readonly noCompress: boolean;
  readonly config: string | undefined;
  readonly help: boolean;
}

/** The command line is wrong; the message says what and what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const MAX_DURATION_MS = 3_650 * 86_400_000;

/** Every option, in the order of the help. */
const OPTIONS: readonly Option[] = [
  { name: "dir", value: "DIR", parse: nonEmpty, byDefault: "./data", help: "where snapshots are stored" },
  {
    name: "store",
    value: "URL",
    parse: parseJetstreamAddress,
    byDefault: "",
    help: "jetstream://HOST:PORT[,…]/STREAM: a NATS stream instead of --dir, for more than one server",
  },
  {
    name: "listen",
    value: "HOST:PORT",
    parse: parseAddress,
    byDefault: "127.0.0.1:7400",
    help: "where agents connect; port 0 takes a free one",
  },
  {
    name: "http",
    value: "HOST:PORT",
    parse: parseAddress,
    byDefault: "127.0.0.1:7401",
    help: "where /healthz, /readyz and /metrics answer",
  },
  ...SECURITY_OPTIONS,
  { name: "log", value: "text|json", parse: oneOf("text", "json"), byDefault: "text", help: "how log lines look" },
  {
    name: "log-level",
    value: "LEVEL",
    parse: oneOf("debug", "info", "warn", "error"),
    byDefault: "info",
    help: "debug has a line for each stored snapshot",
  },
  {
    name: "max-connections",
    value: "N",
    parse: whole(1, 1_000_000),
    byDefault: "10000",
    help: "connections at a time; the next one is turned away",
  },
  {
    name: "max-unstored",
    value: "N",
    parse: whole(1, 1_024),
    byDefault: "32",
    help: "snapshots that an agent may have sent and that are not stored yet",
  },
  {
    name: "max-batch-snapshots",
    value: "N",
    parse: whole(1, 65_536),
    byDefault: "512",
    help: "a batch is synced when it has this many snapshots",
  },
  {
    name: "max-batch-delay",
    value: "TIME",
    parse: duration(0, 60_000),
    byDefault: "50ms",
    help: "or when its first one has waited this long",
  },
  {
    name: "rotate-bytes",
    value: "SIZE",
    parse: bytes(1),
    byDefault: "256MiB",
    help: "a new file is begun when the current one would grow over this",
  },
  {
    name: "rotate-age",
    value: "TIME",
    parse: duration(1_000, MAX_DURATION_MS),
    byDefault: "1d",
    help: "or is this old",
  },
  {
    name: "retain-bytes",
    value: "SIZE",
    parse: bytes(1),
    byDefault: "16GiB",
    help: "the oldest files are removed while all are over this",
  },
  {
    name: "retain-age",
    value: "TIME",
    parse: duration(1_000, MAX_DURATION_MS),
    byDefault: "30d",
    help: "or hold nothing younger than this",
  },
  {
    name: "heartbeat-interval",
    value: "TIME",
    parse: duration(100, 3_600_000),
    // As often as the usual agent samples: at 5 s a fleet's heartbeats would cost more than its snapshots.
    byDefault: "10s",
    help: "what agents are asked for; one that is silent for three is dropped",
  },
  {
    name: "drain-timeout",
    value: "TIME",
    parse: duration(0, 3_600_000),
    byDefault: "10s",
    help: "how long SIGTERM may take to store what waits",
  },
  { name: "no-compress", byDefault: "", help: "do not ask agents for zstd" },
  {
    name: "config",
    value: "FILE",
    parse: nonEmpty,
    byDefault: "",
    help: "the same options as JSON, in camelCase; flags win; SIGHUP reads it anew",
  },
  { name: "help", byDefault: "", help: "show this" },
];

/**
 * Reads a command line.
 *
 * @throws UsageError
 */
export function parseServeOptions(args: readonly string[]): ServeOptions {
  const values: Record<string, unknown> = {};
  for (const { name, parse, byDefault } of OPTIONS) {
    values[camelCase(name)] = parse === undefined ? false : byDefault === "" ? undefined : parse(byDefault);
  }
  for (let i = 0; i < args.length; i++) {
    const [flag, inline] = splitFlag(args[i]!);
    const option = OPTIONS.find(({ name }) => `--${name}` === flag);
    if (option === undefined) throw new UsageError(`${flag} is no option; --help lists them`);
    if (option.parse === undefined) {
      if (inline !== undefined) throw new UsageError(`${flag} takes no value`);
      values[camelCase(option.name)] = true;
      continue;
    }
    const text = inline ?? args[++i];
    if (text === undefined) throw new UsageError(`${flag} needs a value: ${flag} ${option.value}`);
    try {
      values[camelCase(option.name)] = option.parse(text);
    } catch (error) {
      throw new UsageError(`${flag} ${text}: ${(error as Error).message}`);
    }
  }
  const options = values as unknown as ServeOptions;
  const fault = options.help ? undefined : (checkSecurity(options) ?? checkStore(options));
  if (fault !== undefined) throw new UsageError(fault);
  return options;
}

function checkStore({ store, natsCa, natsCredentials }: ServeOptions): string | undefined {
  if (store !== undefined || (natsCa ?? natsCredentials) === undefined) return undefined;
  return "--nats-ca and --nats-credentials need --store jetstream://…";
}

/** The help, from the same table. */
export function serveHelp(): string {
  const lines = OPTIONS.map(({ name, value, byDefault, help }) => {
    const left = `  --${name}${value === undefined ? "" : ` ${value}`}`;
    return `${left.padEnd(30)}${help}${byDefault === "" ? "" : ` (${byDefault})`}`;
  });
  return [
    "Takes in snapshots from Tidewire agents and stores them.",
    "",
    "deno run --allow-net --allow-read=DIR --allow-write=DIR deno/serve.ts --dir DIR [options]",
    "",
    ...lines,
    "",
    "--allow-read must also name the files that --tls-…, --nats-…, --http-token-file and --config name.",
    "SIZE is a number of bytes or one with KiB, MiB or GiB; TIME is a number with ms, s, m, h or d.",
    "",
  ].join("\n");
}

function splitFlag(arg: string): [string, string | undefined] {
  const at = arg.indexOf("=");
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
