import { parseArgs } from "node:util";
import { soak } from "./soak.ts";

/** The longer, the less is hidden by noise; what an hour may grow by is still little. */
const MAX_SERVER_MB_PER_MINUTE = 1;
const DEFAULT_MINUTES = 5;
/** Ids that the server remembers of each agent (spec §6.5). */
const KNOWN_IDS = 1_024;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: String(DEFAULT_MINUTES) },
    agents: { type: "string", default: "50" },
    rate: { type: "string", default: "1000" },
    json: { type: "boolean", default: false },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0 && Number(values.agents) > 0 && Number(values.rate) > 0)) {
  console.error("usage: npm run -s soak -- [--minutes N] [--agents N] [--rate SNAPSHOTS_A_SECOND] [--json]");
  process.exit(2);
}
const wholeMs = minutes * 60_000;
// Until every agent's window of known ids is full, the server grows for a good reason.
const fillMs = (Number(values.agents) * KNOWN_IDS * 1_000) / Number(values.rate);
const warmUpMs = Math.min(wholeMs * 0.6, Math.max(30_000, fillMs * 1.3));
const report = await soak({
  warmUpMs,
  measureMs: wholeMs - warmUpMs,
  agents: Number(values.agents),
  perSecond: Number(values.rate),
  onSample: (text) => console.error(text),
});
console.log(values.json ? JSON.stringify(report) : report);
const { server, agents, failed } = report;
const grows = server.growthMbPerMinute > MAX_SERVER_MB_PER_MINUTE;
const leaksHandles = server.lastHandles > server.firstHandles + 5 || agents.lastHandles > agents.firstHandles + 5;
if (grows || leaksHandles || failed > 0) {
  console.error("soak: memory, handles or snapshots are not as they should be");
  process.exitCode = 1;
}
