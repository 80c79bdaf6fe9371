import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { zstdCompressor } from "../../src/node/zstd.ts";
import type { Compressor } from "../../src/ports/mod.ts";
import type { Totals } from "./campaign.ts";
import { FAULTS } from "./faults.ts";
import { describeFailure } from "./report.ts";
import { SABOTAGES } from "./sabotages.ts";
import { type RunResult, runSeed } from "./simulation.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/sim.mjs", import.meta.url));
const SEEDS = 2_000;
const MIN_STORED = 200;
/** A fault of the code that hides for longer than this from the simulation is as good as not found. */
const MAX_SEEDS_TO_FIND = 10;

let compressor: Compressor;
beforeAll(async () => {
  compressor = await zstdCompressor();
});

describe("a fleet and its servers under faults", () => {
  it(`keep every promise in ${SEEDS} seeds, each of ${MIN_STORED} snapshots stored under faults or more`, async () => {
    const args = [SCRIPT, "--seeds", String(SEEDS), "--stored", String(MIN_STORED), "--json"];
    // What a failing seed has to say is in the error: the last steps, what broke, and the command that replays it.
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 16 * 1024 * 1024 });
    const totals = JSON.parse(stdout) as Totals;
    expect(totals.seeds).toBe(SEEDS);
    expect(totals.failed).toBeUndefined();
    expect(totals.minStored).toBeGreaterThanOrEqual(MIN_STORED);
    const untried = Object.keys(FAULTS).filter((name) => (totals.counts[`fault: ${name}`] ?? 0) < SEEDS / 4);
    expect(untried).toEqual([]);
    // What the faults are there to bring about came about.
    for (const name of [
      "bad frames",
      "resent",
      "agentReplaced",
      "disk full",
      "queueFull",
      "store tornTail",
      "spool dropped",
    ]) {
      expect(totals.counts[name], name).toBeGreaterThan(SEEDS / 50);
    }
  }, 300_000);

  it("live the same life again under the same seed", async () => {
    const [first, second] = await Promise.all([7, 7].map((seed) => run(seed)));
    expect(second!.trace).toEqual(first!.trace);
    expect(first!.trace.length).toBeGreaterThan(1_000);
    const other = await run(8);
    expect(other.trace).not.toEqual(first!.trace);
  });
});

describe("code that is broken on purpose is found:", () => {
  const broken: Readonly<Record<string, RegExp>> = {
    "acknowledge-before-sync": /what is acknowledged is durable/,
    "forget-dedupe-index": /nothing is stored twice/,
    "drop-on-reconnect": /what is left is stored once the faults are over/,
    "resend-out-of-order": /each agent's order holds/,
    "ignore-torn-tail": /records stand behind whole records/,
    "forget-spooled-file": /what is spooled is kept/,
  };

  it.each(Object.keys(SABOTAGES))("%s", async (name) => {
    const found = await firstFailure(name);
    expect(found.violation?.invariant).toMatch(broken[name]!);
    const text = describeFailure(found, { minStored: MIN_STORED, steps: undefined, sabotage: name }, 20);
    expect(text).toContain(`\nreplay: npm run -s sim -- --seed ${found.seed} --break ${name}`);
    expect(text.split("\n").length).toBeGreaterThan(20);
  });
});

function run(seed: number, sabotage?: string): Promise<RunResult> {
  return runSeed({
    seed,
    compressor,
    minStored: MIN_STORED,
    keepsTrace: true,
    ...(sabotage === undefined ? {} : { sabotage: SABOTAGES[sabotage]! }),
  });
}

/** The first seed that finds it. */
async function firstFailure(sabotage: string): Promise<RunResult> {
  for (let seed = 1; seed < MAX_SEEDS_TO_FIND; seed++) {
    const result = await run(seed, sabotage);
    if (result.violation !== undefined) return result;
  }
  return await run(MAX_SEEDS_TO_FIND, sabotage);
}
