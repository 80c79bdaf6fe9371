/** Readers for the values of a setting: each takes what a flag (a string) or the file (JSON) gave. */

/** The value, or what would have been one. */
export type Parsed<T> = { readonly value: T } | { readonly expected: string };

/** Reads one setting. */
export type ValueParser<T> = (found: unknown) => Parsed<T>;

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE_UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 };

/** `500ms`, `10s`, `1.5m`, `1h`, as milliseconds. A number without a unit is refused: nobody knows which it meant. */
export function duration(minMs: number, maxMs: number): ValueParser<number> {
  const expected = `a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)} with its unit, such as 500ms, 10s or 1m`;
  return (found) => quantity(found, /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/, DURATION_UNITS, minMs, maxMs, expected);
}

/** `512KiB`, `64MiB`, `1GiB`, as bytes. */
export function byteSize(minBytes: number, maxBytes: number): ValueParser<number> {
  const expected = `a size from ${formatBytes(minBytes)} to ${formatBytes(maxBytes)} with its unit, such as 64MiB`;
  return (found) => quantity(found, /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/, SIZE_UNITS, minBytes, maxBytes, expected);
}

/** A whole number; in the file a JSON number. */
export function wholeNumber(min: number, max: number): ValueParser<number> {
  const expected = `a whole number from ${min} to ${max}`;
  return (found) => {
    const value = typeof found === "string" && /^\d{1,15}$/.test(found) ? Number(found) : found;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max) return { expected };
    return { value };
  };
}

/** A flag that is there or not; in the file `true` or `false`. */
export const toggle: ValueParser<boolean> = (found) =>
  typeof found === "boolean" ? { value: found } : { expected: "true or false" };

/** One of a few words. */
export function oneOf<T extends string>(words: readonly T[]): ValueParser<T> {
  return (found) => {
    const value = words.find((word) => word === found);
    return value === undefined ? { expected: `one of ${words.join(", ")}` } : { value };
  };
}

/** Text of 1 to `maxBytes` bytes of UTF-8 without control characters: it ends up in logs. */
export function text(maxBytes: number): ValueParser<string> {
  const expected = `text of 1 to ${maxBytes} bytes without control characters`;
  return (found) => {
    if (typeof found !== "string" || found === "" || /\p{Cc}/u.test(found)) return { expected };
    return new TextEncoder().encode(found).byteLength > maxBytes ? { expected } : { value: found };
  };
}

/** A list of regular expressions; in the file one string or an array of them. */
export function patterns(maxCount: number, maxChars: number): ValueParser<readonly RegExp[]> {
  const expected = `at most ${maxCount} regular expressions of 1 to ${maxChars} characters each`;
  return (found) => {
    const sources: unknown[] = Array.isArray(found) ? found : [found];
    if (sources.length > maxCount) return { expected };
    const value: RegExp[] = [];
    for (const source of sources) {
      if (typeof source !== "string" || source === "" || source.length > maxChars) return { expected };
      try {
        value.push(new RegExp(source, "g"));
      } catch (error) {
        return { expected: `${expected} (${(error as Error).message})` };
      }
    }
    return { value };
  };
}

/** `host:port`; an IPv6 address stands in brackets. */
export const hostAndPort: ValueParser<string> = (found) => {
  const expected = "host:port with a port from 1 to 65535, such as 127.0.0.1:7400 or [::1]:7400";
  if (typeof found !== "string") return { expected };
  const parts = splitAddress(found);
  return parts === undefined ? { expected } : { value: found };
};

/** One or more of {@linkcode hostAndPort}, each once: separated by commas, or in an array, or both. */
export function hostsAndPorts(maxCount: number): ValueParser<readonly string[]> {
  return (found) => {
    const given: unknown[] = Array.isArray(found) ? found : [found];
    const value: string[] = [];
    for (const one of given.flatMap((entry) => (typeof entry === "string" ? entry.split(",") : [entry]))) {
      const parsed = hostAndPort(one);
      if ("expected" in parsed) return { expected: `${parsed.expected}; several are separated by commas` };
      value.push(parsed.value);
    }
    const isGood = value.length >= 1 && value.length <= maxCount && new Set(value).size === value.length;
    return isGood ? { value } : { expected: `1 to ${maxCount} addresses, each once` };
  };
}

/** Host (without brackets) and port of `host:port`, or nothing when it is not one. */
export function splitAddress(address: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.%a-z]{2,64})\]|([^\s:[\]/]{1,253})):(\d{1,5})$/.exec(address);
  if (match === null) return undefined;
  const port = Number(match[3]);
  return port < 1 || port > 65_535 ? undefined : { host: (match[1] ?? match[2])!, port };
}

/** Whether what is sent there stays on this machine: 127.0.0.0/8, ::1, localhost. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === "localhost" || host === "::1") return true;
  const octets = /^127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host);
  return octets?.slice(1).every((octet) => Number(octet) <= 255) ?? false;
}

/** `10s`, `500ms`: the largest unit that gives a whole number. */
export function formatDuration(ms: number): string {
  return formatQuantity(ms, DURATION_UNITS);
}

/** `64MiB`: the largest unit that gives a whole number. */
export function formatBytes(bytes: number): string {
  return formatQuantity(bytes, SIZE_UNITS);
}

function formatQuantity(amount: number, units: Readonly<Record<string, number>>): string {
  const fits = Object.entries(units).filter(([, size]) => amount >= size && amount % size === 0);
  const [name, size] = fits.at(-1) ?? Object.entries(units)[0]!;
  return `${amount / size}${name}`;
}

function quantity(
  found: unknown,
  shape: RegExp,
  units: Readonly<Record<string, number>>,
  min: number,
  max: number,
  expected: string,
): Parsed<number> {
  const match = typeof found === "string" ? shape.exec(found) : null;
  if (match === null) return { expected };
  const value = Math.round(Number(match[1]) * units[match[2]!]!);
  return value >= min && value <= max ? { value } : { expected };
}
