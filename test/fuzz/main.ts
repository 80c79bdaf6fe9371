/** The fuzz loop as a command: `npm run -s fuzz -- --protocol P --seed S --count N`. */
import process from "node:process";
import { parseArgs } from "node:util";
import { zstdCompressor } from "../../src/node/zstd.ts";
import { type FuzzReport, runFuzz } from "./fuzz.ts";
import { vectorStreams } from "./vector_streams.ts";
import { runZmtpFuzz } from "./zmtp_fuzz.ts";

const USAGE = "usage: npm run -s fuzz -- [--protocol snapshot|zmtp] [--seed S] [--count N]";
const PROTOCOLS = ["snapshot", "zmtp"] as const;

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { protocol: text, seed: text, count: text } });
  const seed = Number(values.seed ?? 1);
  const count = Number(values.count ?? 1_000_000);
  const asked = PROTOCOLS.filter((name) => name === (values.protocol ?? name));
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || asked.length === 0) throw new TypeError(USAGE);
  for (const protocol of asked) {
    const startMs = performance.now();
    const streams = vectorStreams(protocol);
    const report =
      protocol === "zmtp"
        ? runZmtpFuzz({ seed, count, streams })
        : runFuzz({ seed, count, streams, compressor: await zstdCompressor() });
    print(protocol, report, (performance.now() - startMs) / 1_000);
  }
}

function print(protocol: string, { frames, counts, maxHeldBytes }: FuzzReport, seconds: number): void {
  const rssMib = process.memoryUsage().rss / 1_048_576;
  console.log(`${protocol}: ${frames} frames in ${seconds.toFixed(1)} s, ${Math.round(frames / seconds)} a second`);
  console.log(`held for a peer at most ${maxHeldBytes} bytes; the process takes ${rssMib.toFixed(0)} MiB`);
  for (const [what, times] of [...counts].sort((a, b) => b[1] - a[1]))
    console.log(`${String(times).padStart(9)}  ${what}`);
}

main().catch((error: Error) => {
  console.error(error instanceof TypeError ? error.message : (error.stack ?? error.message));
  process.exitCode = error instanceof TypeError ? 2 : 1;
});
