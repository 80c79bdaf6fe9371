/** Lives through seeds, one after another, for whoever sends their numbers. */
import { parentPort } from "node:worker_threads";
import { zstdCompressor } from "../../src/node/zstd.ts";
import { SABOTAGES } from "./sabotages.ts";
import { type RunResult, runSeed } from "./simulation.ts";

/** A share of the seeds. */
export interface Work {
  readonly firstSeed: number;
  readonly count: number;
  readonly minStored: number;
  readonly steps: number | undefined;
  readonly sabotage: string | undefined;
}

/** What came of it. */
export interface Done {
  readonly results: readonly RunResult[];
}

const port = parentPort!;
port.on("message", async ({ firstSeed, count, minStored, steps, sabotage }: Work) => {
  const compressor = await zstdCompressor();
  const results: RunResult[] = [];
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const result = await runSeed({
      seed,
      compressor,
      minStored,
      ...(steps === undefined ? {} : { steps }),
      ...(sabotage === undefined ? {} : { sabotage: SABOTAGES[sabotage]! }),
    });
    results.push(result);
    if (result.violation !== undefined) break;
  }
  port.postMessage({ results } satisfies Done);
});
