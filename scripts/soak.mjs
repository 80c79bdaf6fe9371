// Bundles test/soak/main.ts for plain Node and runs it: `npm run -s soak -- [--minutes N] [--agents N] [--rate N] [--json]`,
// `npm run -s soak -- --zmtp [--seconds N] [--peers N] [--seed N] [--json]`.
import { runBundle } from "./run_bundle.mjs";

await runBundle(
  ["test/soak/main.ts", "test/soak/zmtp/hub_process.ts", "test/soak/zmtp/peer_process.ts"],
  "soak-bundle",
  ["--enable-source-maps"],
);
