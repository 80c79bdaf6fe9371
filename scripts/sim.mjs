// Bundles test/simulation/main.ts for plain Node and runs it: `npm run -s sim -- --seed S [--steps N] [--seeds N]`.
import { runBundle } from "./run_bundle.mjs";

await runBundle(["test/simulation/main.ts", "test/simulation/worker.ts"], "sim", ["--enable-source-maps"]);
