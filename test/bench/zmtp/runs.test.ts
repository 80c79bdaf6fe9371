import { beforeAll, expect, test } from "vitest";
import { buildSide } from "../zmtp.bench.ts";
import { FAN_OUT, PAIR_CASES } from "./cases.ts";
import { commandsOf } from "./rows.ts";
import { runFanOut, runPair } from "./runs.ts";

beforeAll(buildSide);

test.each([1, 2])("A publisher feeds four subscribers in %i processes, twice", async (processes) => {
  const ns = await runFanOut({ ...FAN_OUT, count: 50, library: "ours" }, processes);
  expect(ns).toBeGreaterThan(0);
});

test("A case with CURVE runs with either library", async () => {
  const one = { ...PAIR_CASES.find(({ isCurve }) => isCurve)!, spanMs: 20 };
  for (const library of ["ours", "ours with @noble"] as const) {
    const { messages } = await runPair(one.pattern, commandsOf(one, library));
    expect(messages).toBeGreaterThan(0);
  }
});

test("A side that can't begin says why, and both are gone", async () => {
  const one = { ...PAIR_CASES[0]!, bytes: -1, spanMs: 20 };
  await expect(runPair(one.pattern, commandsOf(one, "ours"), 5_000)).rejects.toThrow(/ended with 1: .*RangeError/s);
});
