/** `npm run -s sim -- --seed S [--steps N] [--seeds N] [--json]` */
import { parseArgs } from "node:util";
import { zstdCompressor } from "../../src/node/zstd.ts";
import { Campaign } from "./campaign.ts";
import { describeFailure, describeRun, describeTotals } from "./report.ts";
import { SABOTAGES } from "./sabotages.ts";
import { runSeed } from "./simulation.ts";

const USAGE = `usage: npm run -s sim -- [--seed S] [--seeds N] [--steps N] [--break NAME] [--trace LINES] [--json]

  --seed S       the seed, or the first of them (1)
  --seeds N      how many, on all cores (1: that seed, with the last steps of its trace if it fails)
  --steps N      the faults end after N steps, not once --stored snapshots are in the store
  --stored N     snapshots that a seed stores under faults (200)
  --trace LINES  how much of the trace is printed (80)
  --break NAME   breaks the code on purpose: ${Object.keys(SABOTAGES).join(", ")}
  --json         totals as one JSON object`;

function number(text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`found ${text}, expected a whole number`);
  return value;
}

async function main(): Promise<number> {
  const options = {
    seed: { type: "string" },
    seeds: { type: "string" },
    steps: { type: "string" },
    stored: { type: "string" },
    trace: { type: "string" },
    break: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  } as const;
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const sabotage = values.break;
  if (sabotage !== undefined && !Object.hasOwn(SABOTAGES, sabotage)) throw new Error(`no way to break: ${sabotage}`);
  const seed = number(values.seed, 1);
  const count = number(values.seeds, 1);
  const minStored = number(values.stored, 200);
  const steps = values.steps === undefined ? undefined : number(values.steps, 0);
  const traceLines = number(values.trace, 80);
  const work = { minStored, steps, sabotage };
  if (count === 1) return runOne(seed, work, traceLines);
  const totals = await new Campaign(seed, count, work).run();
  if (values.json) console.log(JSON.stringify(totals));
  else console.log(describeTotals(totals));
  return totals.failed === undefined ? 0 : runOne(totals.failed, work, traceLines);
}

async function runOne(
  seed: number,
  work: { minStored: number; steps: number | undefined; sabotage: string | undefined },
  traceLines: number,
): Promise<number> {
  const { minStored, steps, sabotage } = work;
  const result = await runSeed({
    seed,
    compressor: await zstdCompressor(),
    minStored,
    keepsTrace: true,
    ...(steps === undefined ? {} : { steps }),
    ...(sabotage === undefined ? {} : { sabotage: SABOTAGES[sabotage]! }),
  });
  if (result.violation === undefined) {
    console.log(describeRun(result));
    return 0;
  }
  console.error(describeFailure(result, work, traceLines));
  return 3;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 2;
}
