import type { Parsed, ValueParser } from "../agent/config_values.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const RELATIVE = /^-?(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const ABSOLUTE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/;
const EXPECTED = "a time such as 2026-11-21, 2026-11-21T08:30Z, -15m, -1h or now";

/**
 * A point in time: ISO 8601, UTC unless it says otherwise (as every time is that is shown), or counted back from now.
 *
 * @returns UTC Unix milliseconds
 */
export function timeBefore(nowMs: number): ValueParser<number> {
  return (found): Parsed<number> => {
    if (typeof found !== "string") return { expected: EXPECTED };
    if (found === "now") return { value: nowMs };
    const relative = RELATIVE.exec(found);
    if (relative !== null) return { value: nowMs - Number(relative[1]) * UNITS[relative[2]!]! };
    const absolute = ABSOLUTE.exec(found);
    if (absolute === null) return { expected: EXPECTED };
    const isZoned = absolute[1] !== undefined || !/[T ]/.test(found);
    const value = Date.parse(`${found.replace(" ", "T")}${isZoned ? "" : "Z"}`);
    return Number.isNaN(value) ? { expected: EXPECTED } : { value };
  };
}

/** `--since -1h` as `--since=-1h`: what looks like an option and is a time is a time. */
export function withJoinedTimes(args: readonly string[], flags: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    if (before !== undefined && flags.includes(before) && RELATIVE.test(arg))
      joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}
