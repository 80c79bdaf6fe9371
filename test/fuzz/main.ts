/** The fuzz loop as a command: `npm run -s fuzz -- --seed S --count N`. */
import process from "node:process";
import { parseArgs } from "node:util";
import { zstdCompressor } from "../../src/node/zstd.ts";
import { runFuzz } from "./fuzz.ts";
import { vectorStreams } from "./vector_streams.ts";

const USAGE = "usage: npm run -s fuzz -- [--seed S] [--count N]";

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seed: { type: "string" }, count: { type: "string" } } });
  const seed = Number(values.seed ?? 1);
  const count = Number(values.count ?? 1_000_000);
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count)) throw new TypeError(USAGE);
  const startMs = performance.now();
  const { frames, counts, maxHeldBytes } = runFuzz({
    seed,
    count,
    streams: vectorStreams(),
    compressor: await zstdCompressor(),
  });
  const seconds = (performance.now() - startMs) / 1_000;
  const rssMib = process.memoryUsage().rss / 1_048_576;
  console.log(`${frames} frames in ${seconds.toFixed(1)} s, ${Math.round(frames / seconds)} a second`);
  console.log(`held for a peer at most ${maxHeldBytes} bytes; the process takes ${rssMib.toFixed(0)} MiB`);
  for (const [what, times] of [...counts].sort((a, b) => b[1] - a[1]))
    console.log(`${String(times).padStart(9)}  ${what}`);
}

main().catch((error: Error) => {
  console.error(error instanceof TypeError ? error.message : (error.stack ?? error.message));
  process.exitCode = error instanceof TypeError ? 2 : 1;
});
