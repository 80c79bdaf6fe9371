/** Readers for the values of options: each throws an Error that completes “--flag value: …”. */

/** A host and a port. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** Whether only this machine reaches an address. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

export function nonEmpty(text: string): string {
  if (text === "") throw new Error("is empty");
  return text;
}

export function parseAddress(text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw new Error("is no HOST:PORT, such as 127.0.0.1:7400 or [::1]:7400");
  return { hostname: (match[1] ?? match[2])!, port };
}

export function oneOf(...choices: readonly string[]): (text: string) => string {
  return (text) => {
    if (!choices.includes(text)) throw new Error(`is none of ${choices.join(", ")}`);
    return text;
  };
}

export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) throw new Error(`is no whole number from ${least} to ${most}`);
    return value;
  };
}

const TIME_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE_UNITS: Readonly<Record<string, number>> = { "": 1, KiB: 1_024, MiB: 1_024 ** 2, GiB: 1_024 ** 3 };

export function duration(leastMs: number, mostMs: number): (text: string) => number {
  return (text) => {
    const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
    const value = match === null ? Number.NaN : Number(match[1]) * TIME_UNITS[match[2]!]!;
    if (!(value >= leastMs && value <= mostMs)) {
      throw new Error(`is no time from ${leastMs}ms to ${mostMs}ms, such as 500ms, 10s, 5m, 2h or 30d`);
    }
    return value;
  };
}

export function bytes(least: number): (text: string) => number {
  return (text) => {
    const match = /^(\d+)(KiB|MiB|GiB|)$/.exec(text);
    const value = match === null ? Number.NaN : Number(match[1]) * SIZE_UNITS[match[2]!]!;
    if (!(value >= least && Number.isSafeInteger(value))) {
      throw new Error(`is no size of at least ${least}, such as 1048576, 64MiB or 10GiB`);
    }
    return value;
  };
}

/** Where subscribers connect. */
export interface PublishUrl {
  readonly url: string;
  /** Nothing for a Unix socket. */
  readonly hostname: string | undefined;
}

/** `tcp://HOST:PORT` or `ipc://PATH`. */
export function parsePublishUrl(text: string): PublishUrl {
  if (/^ipc:\/\/./.test(text)) return { url: text, hostname: undefined };
  const [, authority] = /^tcp:\/\/([^/]+)$/.exec(text) ?? [];
  if (authority === undefined) throw new Error("is not tcp://HOST:PORT or ipc://PATH");
  return { url: text, hostname: parseAddress(authority).hostname };
}
