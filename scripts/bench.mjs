// Bundles test/bench/main.ts for plain Node and runs it in a process of its own: `npm run -s bench -- NAME [--json]`.
import { runBundle } from "./run_bundle.mjs";

await runBundle(["test/bench/main.ts"], "bench");
