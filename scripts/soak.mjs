// Bundles test/soak/main.ts for plain Node and runs it: `npm run -s soak -- [--minutes N] [--agents N] [--rate N] [--json]`.
import { runBundle } from "./run_bundle.mjs";

await runBundle(["test/soak/main.ts"], "soak-bundle", ["--enable-source-maps"]);
