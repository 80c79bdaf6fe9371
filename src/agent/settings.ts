import type { LogLevel } from "../ports/log.ts";
import { DEFAULT_TOP, MAX_AGENT_ID_BYTES } from "../protocols/snapshot/wire.ts";
import {
  byteSize,
  duration,
  hostsAndPorts,
  oneOf,
  patterns,
  text,
  toggle,
  type ValueParser,
  wholeNumber,
} from "./config_values.ts";

/** Everything an agent is told, checked. */
export interface AgentConfig {
  /** `host:port` each, in the order in which they are tried. */
  readonly servers: readonly string[];
  /** Nothing: the id kept in the state folder. */
  readonly agentId: string | undefined;
  readonly intervalMs: number;
  readonly top: number;
  readonly all: boolean;
  readonly cmdline: boolean;
  readonly redact: readonly RegExp[];
  readonly compress: boolean;
  readonly outboxBytes: number;
  /** A folder, `off`, or nothing: one in the state folder. */
  readonly spool: string | undefined;
  readonly spoolBytes: number;
  readonly spoolAgeMs: number;
  readonly spoolDrop: "oldest" | "newest";
  readonly catchUpPerSecond: number;
  readonly drainTimeoutMs: number;
  /** Given, or asked for by a `tlsCa` or a `tlsCert`. */
  readonly tls: boolean;
  /** Nothing: the CAs that the runtime trusts. */
  readonly tlsCa: string | undefined;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly insecurePlaintext: boolean;
  /** Nothing: the platform's own place for state. */
  readonly stateDir: string | undefined;
  readonly log: "text" | "json";
  readonly logLevel: LogLevel;
}

/** One setting: how it is written, read and explained. Flags, file, help page and checks all come from this. */
export interface Setting<T> {
  /** Its name in the file; the flag is the same in kebab case. */
  readonly key: string;
  /** What stands after the flag in a help page; nothing for a flag without a value. */
  readonly argument?: string;
  /** The flag may be given more than once; the values add up. */
  readonly repeatable?: true;
  readonly fallback: T;
  readonly summary: string;
  readonly parse: ValueParser<T>;
}

/** Faster than this, an agent mostly measures itself. */
const MIN_INTERVAL_MS = 100;
/** Slower than a day is not monitoring; the bound keeps timers in range. */
const MAX_INTERVAL_MS = 86_400_000;
/** A longer list is `all`. */
const MAX_TOP = 65_536;
/** Holds a few snapshots of the default size. */
const MIN_OUTBOX_BYTES = 65_536;
/** The outbox is memory; more than this takes a machine down with the server. */
const MAX_OUTBOX_BYTES = 1_073_741_824;
/** Holds a few files of a few snapshots each. */
const MIN_SPOOL_BYTES = 1_048_576;
/** Years of the usual snapshots. */
const MAX_SPOOL_BYTES = 1024 * 1_073_741_824;
const MIN_SPOOL_AGE_MS = 1_000;
const MAX_SPOOL_AGE_MS = 3_650 * 86_400_000;
/** What one server takes of all its agents together. */
const MAX_CATCH_UP = 100_000;
/** Service managers kill after 90 s at the latest; more than ten minutes is a hang. */
const MAX_DRAIN_TIMEOUT_MS = 600_000;
/** Going round more of them than this takes longer than any of them is away. */
const MAX_SERVERS = 16;
/** Each pattern runs over each command line of each sample. */
const MAX_PATTERNS = 32;
const MAX_PATTERN_CHARS = 512;
/** The longest path that Linux takes. */
const MAX_PATH_BYTES = 4_096;

/** Every setting, in the order of the help page. */
export const SETTINGS: { readonly [K in keyof AgentConfig]: Setting<AgentConfig[K]> } = {
  servers: {
    key: "server",
    argument: "HOST:PORT",
    repeatable: true,
    fallback: ["127.0.0.1:7400"],
    summary:
      "Where snapshots go (127.0.0.1:7400). Several, separated by commas or given more than once: the next one when one fails.",
    parse: hostsAndPorts(MAX_SERVERS),
  },
  agentId: {
    key: "agentId",
    argument: "ID",
    fallback: undefined,
    summary: "Who this agent is (a stable id, made once and kept in the state folder).",
    parse: text(MAX_AGENT_ID_BYTES),
  },
  intervalMs: {
    key: "interval",
    argument: "DURATION",
    fallback: 10_000,
    summary: "Time from one sample to the next (10s). A server under load may ask for a slower pace.",
    parse: duration(MIN_INTERVAL_MS, MAX_INTERVAL_MS),
  },
  top: {
    key: "top",
    argument: "N",
    fallback: DEFAULT_TOP,
    summary: `List the N processes that use most CPU (${DEFAULT_TOP}).`,
    parse: wholeNumber(1, MAX_TOP),
  },
  all: { key: "all", fallback: false, summary: "List every process instead.", parse: toggle },
  cmdline: {
    key: "cmdline",
    fallback: false,
    summary: "Send command lines too. They may hold secrets: see --redact.",
    parse: toggle,
  },
  redact: {
    key: "redact",
    argument: "REGEX",
    repeatable: true,
    fallback: [],
    summary: "Mask what matches in command lines with ***. May be given more than once.",
    parse: patterns(MAX_PATTERNS, MAX_PATTERN_CHARS),
  },
  compress: {
    key: "compress",
    fallback: false,
    // A list of 100 processes is 3 KB every 10 s: not worth what the library holds in memory for good.
    summary: "Offer zstd to the server: a third of the bytes or less, for about 3 MB more memory (off).",
    parse: toggle,
  },
  outboxBytes: {
    key: "outboxBytes",
    argument: "SIZE",
    fallback: 64 * 1_048_576,
    summary:
      "Memory for snapshots that are not stored yet (64MiB); over it the oldest are dropped and counted. With a spool: for those that its disk does not take.",
    parse: byteSize(MIN_OUTBOX_BYTES, MAX_OUTBOX_BYTES),
  },
  spool: {
    key: "spool",
    argument: "DIR|off",
    fallback: undefined,
    summary:
      "Folder for snapshots that are not stored yet (spool, in the state folder); off keeps them in memory only.",
    parse: text(MAX_PATH_BYTES),
  },
  spoolBytes: {
    key: "spoolBytes",
    argument: "SIZE",
    fallback: 256 * 1_048_576,
    summary: "How much disk they may take (256MiB).",
    parse: byteSize(MIN_SPOOL_BYTES, MAX_SPOOL_BYTES),
  },
  spoolAgeMs: {
    key: "spoolAge",
    argument: "DURATION",
    fallback: 7 * 86_400_000,
    summary: "Older ones are dropped and counted (7d).",
    parse: duration(MIN_SPOOL_AGE_MS, MAX_SPOOL_AGE_MS),
  },
  spoolDrop: {
    key: "spoolDrop",
    argument: "WHICH",
    fallback: "oldest",
    summary: "What goes when the spool is full: the oldest or the newest (oldest).",
    parse: oneOf(["oldest", "newest"]),
  },
  catchUpPerSecond: {
    key: "catchUpRate",
    argument: "N",
    fallback: 20,
    summary: "Snapshots a second that are sent after an outage, at most (20).",
    parse: wholeNumber(1, MAX_CATCH_UP),
  },
  drainTimeoutMs: {
    key: "drainTimeout",
    argument: "DURATION",
    fallback: 5_000,
    summary: "How long a stopping agent, or --once, waits for what it sent to be stored (5s).",
    parse: duration(0, MAX_DRAIN_TIMEOUT_MS),
  },
  tls: {
    key: "tls",
    fallback: false,
    summary: "Speak TLS 1.3 with the server (off, and on with --tls-ca or --tls-cert).",
    parse: toggle,
  },
  tlsCa: {
    key: "tlsCa",
    argument: "FILE",
    fallback: undefined,
    summary: "Trust only servers whose certificate comes from this CA, PEM (the CAs that Node trusts).",
    parse: text(MAX_PATH_BYTES),
  },
  tlsCert: {
    key: "tlsCert",
    argument: "FILE",
    fallback: undefined,
    summary: "The certificate that proves this agent's id, PEM: see tidewire help cert.",
    parse: text(MAX_PATH_BYTES),
  },
  tlsKey: {
    key: "tlsKey",
    argument: "FILE",
    fallback: undefined,
    summary: "Its private key, PEM.",
    parse: text(MAX_PATH_BYTES),
  },
  insecurePlaintext: {
    key: "insecurePlaintext",
    fallback: false,
    summary: "Send unencrypted to a server that is not on this machine.",
    parse: toggle,
  },
  stateDir: {
    key: "stateDir",
    argument: "DIR",
    fallback: undefined,
    summary: "Where the agent keeps its id and its spool ($XDG_STATE_HOME/tidewire, or ~/.local/state/tidewire).",
    parse: text(MAX_PATH_BYTES),
  },
  log: {
    key: "log",
    argument: "FORMAT",
    fallback: "text",
    summary: "text for people, json for one JSON object a line (text). Logs go to standard error.",
    parse: oneOf(["text", "json"]),
  },
  logLevel: {
    key: "logLevel",
    argument: "LEVEL",
    fallback: "info",
    summary: "debug, info, warn or error (info).",
    parse: oneOf(["debug", "info", "warn", "error"]),
  },
};

/** The flag of a key: `outboxBytes` → `outbox-bytes`. */
export function flagOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
