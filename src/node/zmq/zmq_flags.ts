import { readFileSync } from "node:fs";
import { duration, wholeNumber } from "../../agent/config_values.ts";
import { nobleCurve } from "../../sockets/noble_curve.ts";
import { z85Decode, z85Encode } from "../../sockets/z85.ts";
import { UsageError } from "../command.ts";
import { systemEntropy } from "../entropy.ts";
import type { Flag, ParsedFlags } from "../flags.ts";
import { parseOption } from "../option_values.ts";
import type { LineForm } from "./message_lines.ts";

const MAX_WAIT_MS = 86_400_000;
const DEFAULT_LINGER = "10s";

/** The flags of `tidewire zmq`. */
export const ZMQ_FLAGS: readonly Flag[] = [
  {
    name: "bind",
    summary: "Bind to the URLs instead of connecting to them. Port 0 or * takes a free one, which is told.",
  },
  {
    name: "subscribe",
    argument: "PREFIX",
    repeatable: true,
    summary: "sub and xsub: what messages begin with; may be given again (everything).",
  },
  { name: "count", argument: "N", summary: "End after so many messages; of req, after so many replies." },
  {
    name: "timeout",
    argument: "DURATION",
    summary: "Give up, with exit code 1, when for so long nobody is there or nothing comes (never).",
  },
  {
    name: "linger",
    argument: "DURATION",
    summary: `At the end, how long what was sent may take to leave (${DEFAULT_LINGER}).`,
  },
  { name: "tabs", summary: "A tab in a line of standard input parts the message." },
  { name: "json", summary: 'Lines are JSON, in and out: {"parts":["text",{"hex":"00ff"}]}.' },
  { name: "save", argument: "FILE", summary: "Also write what comes in to a file that tidewire dump reads." },
  { name: "echo", summary: "rep: answer each request with itself, not with a line of standard input." },
  {
    name: "plain-user",
    argument: "NAME",
    summary: "Say who we are by PLAIN; in clear, so only where the way is safe.",
  },
  { name: "plain-password-file", argument: "FILE", summary: "The password for it, on one line." },
  { name: "curve-server-key", argument: "KEY", summary: "Speak CURVE with a server of this public key (Z85)." },
  {
    name: "curve-secret-key-file",
    argument: "FILE",
    summary: "Our own secret key for CURVE (Z85); without one, a new one.",
  },
  { name: "curve-server", summary: "Be the server of CURVE; our public key is told." },
];

/** What the flags ask for. */
export interface ZmqSettings {
  readonly urls: readonly string[];
  readonly isBound: boolean;
  readonly topics: readonly string[];
  readonly count: number;
  /** -1 waits without end. */
  readonly timeoutMs: number;
  readonly lingerMs: number;
  readonly form: LineForm;
  readonly isJson: boolean;
  readonly save: string | undefined;
  readonly echoes: boolean;
  /** Options of the socket: who we are. */
  readonly security: Readonly<Record<string, string | boolean>>;
  /** To be told to those who connect. */
  readonly publicKey: string | undefined;
}

/** @throws UsageError */
export function zmqSettings(values: ParsedFlags["values"], urls: readonly string[]): ZmqSettings {
  if (urls.length === 0) throw new UsageError("expected a URL: tcp://HOST:PORT, ipc://PATH or ws://HOST:PORT/PATH");
  const { timeout, count } = values;
  const isJson = values["json"] === true;
  const wait = duration(1, MAX_WAIT_MS);
  const { options, publicKey } = securityOf(values);
  return {
    urls,
    isBound: values["bind"] === true,
    topics: (values["subscribe"] as readonly string[] | undefined) ?? [""],
    count:
      count === undefined
        ? Number.POSITIVE_INFINITY
        : parseOption("count", count, wholeNumber(1, Number.MAX_SAFE_INTEGER)),
    timeoutMs: timeout === undefined ? -1 : parseOption("timeout", timeout, wait),
    lingerMs: parseOption("linger", values["linger"] ?? DEFAULT_LINGER, wait),
    form: isJson ? "json" : values["tabs"] === true ? "tabs" : "text",
    isJson,
    save: values["save"] as string | undefined,
    echoes: values["echo"] === true,
    security: options,
    publicKey,
  };
}

function securityOf(values: ParsedFlags["values"]): {
  readonly options: ZmqSettings["security"];
  readonly publicKey: string | undefined;
} {
  const user = values["plain-user"];
  const serverKey = values["curve-server-key"];
  const isServer = values["curve-server"] === true;
  if ([user !== undefined, serverKey !== undefined, isServer].filter(Boolean).length > 1) {
    throw new UsageError("--plain-user, --curve-server-key and --curve-server exclude each other");
  }
  if (typeof user === "string") {
    const plainPassword = secretOf(values, "plain-password-file") ?? "";
    return { options: { plainUsername: user, plainPassword }, publicKey: undefined };
  }
  if (typeof serverKey !== "string" && !isServer) return { options: {}, publicKey: undefined };
  const secret = secretOf(values, "curve-secret-key-file");
  const secretKey = secret === undefined ? newSecretKey() : z85Decode(secret);
  const side = isServer ? { curveServer: true } : { curveServerKey: String(serverKey) };
  const publicKey = isServer ? z85Encode(nobleCurve.publicKey(secretKey)) : undefined;
  return { options: { ...side, curveSecretKey: z85Encode(secretKey) }, publicKey };
}

function newSecretKey(): Uint8Array {
  const key = new Uint8Array(32);
  systemEntropy.fill(key);
  return key;
}

/** Secrets come from files: what stands on a command line, every user of the machine can read. */
function secretOf(values: ParsedFlags["values"], flag: string): string | undefined {
  const path = values[flag];
  if (typeof path !== "string") return undefined;
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new UsageError(`--${flag}: ${(error as Error).message}`);
  }
}
