import { expect, it } from "vitest";
import { timeBefore, withJoinedTimes } from "../../src/node/time_option.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 12);
const parse = (text: string): unknown => timeBefore(NOW_MS)(text);

it.each([
  ["now", NOW_MS],
  ["-90s", NOW_MS - 90_000],
  ["15m", NOW_MS - 900_000],
  ["-1.5h", NOW_MS - 5_400_000],
  ["-7d", NOW_MS - 604_800_000],
  ["2026-11-20", Date.UTC(2026, 10, 20)],
  ["2026-11-20 08:30", Date.UTC(2026, 10, 20, 8, 30)],
  ["2026-11-20T08:30:01.5", Date.UTC(2026, 10, 20, 8, 30, 1, 500)],
  ["2026-11-20T08:30Z", Date.UTC(2026, 10, 20, 8, 30)],
  ["2026-11-20T08:30+01:00", Date.UTC(2026, 10, 20, 7, 30)],
])("%s", (text, value) => expect(parse(text)).toEqual({ value }));

it.each(["", "yesterday", "1", "-1y", "2026-13-01", "2026-11-20T25:00", "20261120", "2026-11-20T08:30 Z"])(
  "%s is no time, and what one looks like is said",
  (text) => expect(parse(text)).toHaveProperty("expected"),
);

it("a time behind its flag is no flag of its own", () => {
  const flags = ["--since", "--until"];
  expect(withJoinedTimes(["d", "--since", "-1h", "--json"], flags)).toEqual(["d", "--since=-1h", "--json"]);
  expect(withJoinedTimes(["--since", "--json", "-1h"], flags)).toEqual(["--since", "--json", "-1h"]);
});
