import { parseArgs } from "node:util";
import { churn } from "./churn.ts";
import { faultsOf } from "./verdict.ts";

/** Processes that peers are dealt out to evenly. */
const PROCESSES = 10;

const { values } = parseArgs({
  options: {
    zmtp: { type: "boolean" },
    seconds: { type: "string", default: "120" },
    peers: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    json: { type: "boolean", default: false },
  },
});
const [seconds, peers, seed] = [Number(values.seconds), Number(values.peers), Number(values.seed)];
if (!(seconds > 0 && peers > 0 && peers % PROCESSES === 0 && Number.isSafeInteger(seed))) {
  console.error("usage: npm run -s soak -- --zmtp [--seconds N] [--peers TENS] [--seed N] [--json]");
  process.exit(2);
}
const report = await churn({ peers, seconds, seed, onSample: (text) => console.error(text) });
console.log(values.json ? JSON.stringify(report) : report);
for (const fault of faultsOf(report)) {
  console.error(`soak: ${fault}`);
  process.exitCode = 1;
}
