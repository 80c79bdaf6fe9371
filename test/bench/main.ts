import process from "node:process";
import { type BenchModule, formatReport } from "./measure.ts";

/** A new bench is a line here. */
const BENCHES: Readonly<Record<string, () => Promise<BenchModule>>> = {
  crc: () => import("./crc.bench.ts"),
  scan: () => import("./scan.bench.ts"),
  snapshot: () => import("./snapshot.bench.ts"),
  ingest: () => import("./ingest.bench.ts"),
  fleet: () => import("./fleet.bench.ts"),
  durable: () => import("./durable.bench.ts"),
  sample: () => import("./sample.bench.ts"),
  agent: () => import("./agent.bench.ts"),
  inspector: () => import("./inspector.bench.ts"),
  sockets: () => import("./sockets.bench.ts"),
  zmtp: () => import("./zmtp.bench.ts"),
};

const args = process.argv.slice(2);
const load = BENCHES[args.find((arg) => !arg.startsWith("-")) ?? ""];
if (load === undefined) {
  console.error(`usage: npm run -s bench -- NAME [--json], where NAME is one of: ${Object.keys(BENCHES).join(", ")}`);
  process.exitCode = 2;
} else {
  const report = await (await load()).run();
  console.log(args.includes("--json") ? JSON.stringify(report, null, 2) : formatReport(report));
  if (report.rows.some(({ failure }) => failure !== undefined)) process.exitCode = 1;
}
