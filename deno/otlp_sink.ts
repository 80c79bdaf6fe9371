/**
 * The sink: follows a store's folder with a cursor of its own and sends what it finds to an OpenTelemetry collector. It is a
 * process of its own, so nothing that it waits for delays an acknowledgement. `--help` lists the options.
 *
 * What waits for the collector waits in the store: memory holds one round. The cursor moves on after the collector's word,
 * so a restart sends at most one round again.
 *
 * @module
 */
import type { LogLevel } from "../src/ports/mod.ts";
import { FolderDisk } from "./folder_disk.ts";
import { type ExportEvent, OtlpExporter } from "./otlp_exporter.ts";
import { machineMetrics } from "./otlp_metrics.ts";
import { UsageError } from "./serve_options.ts";
import { SinkCursor } from "./sink_cursor.ts";
import { parseSinkOptions, SINK_HELP, type SinkOptions } from "./sink_options.ts";
import { sleep } from "./sleep.ts";
import type { FoundSnapshot } from "./snapshot_finder.ts";
import { StoreReader } from "./store_reader.ts";
import { StreamLog } from "./stream_log.ts";
import { zstdCompressor } from "./zstd.ts";

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;
/** How often the folder is looked at when there was nothing new. */
const POLL_MS = 1_000;

const LEVELS: Readonly<Record<ExportEvent["type"], LogLevel>> = {
  collectorFailing: "warn",
  collectorRecovered: "info",
  rejected: "error",
};

/** What one run of the sink has done. */
interface SinkTotals {
  sentSnapshots: number;
  droppedSnapshots: number;
}

async function run(options: SinkOptions, log: StreamLog, stop: AbortSignal): Promise<void> {
  const cursor = new SinkCursor(options.dir);
  const from = await cursor.load();
  const reader = new StoreReader(new FolderDisk(options.dir), zstdCompressor(), from);
  const exporter = new OtlpExporter(
    options.url,
    ({ type, ...fields }) => log.write(LEVELS[type], type, { ...fields }),
    stop,
  );
  const totals: SinkTotals = { sentSnapshots: 0, droppedSnapshots: 0 };
  log.write("info", "following", {
    dir: options.dir,
    otlp: options.url,
    from: from?.file ?? "",
    offset: from?.offset ?? 0,
  });
  try {
    while (!stop.aborted) {
      const found = await reader.read();
      await sendRound(found, options.top, exporter, totals);
      const { position } = reader;
      if (position !== undefined) await cursor.save(position);
      if (found.length === 0) await sleep(POLL_MS, stop);
      else log.write("debug", "sent", { snapshots: found.length, ...position, ...totals, ...reader.losses });
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    await exporter.close();
    log.write("info", "stopped", { ...totals, ...reader.losses });
    await log.flush();
  }
}

/** One request for each agent of the round. */
async function sendRound(
  found: readonly FoundSnapshot[],
  top: number,
  exporter: OtlpExporter,
  totals: SinkTotals,
): Promise<void> {
  const machines = [...Map.groupBy(found, ({ agentId }) => agentId).values()];
  const taken = await exporter.export(machines.map((snapshots) => machineMetrics(snapshots, top)));
  for (const [i, { length }] of machines.entries()) {
    if (taken[i]) totals.sentSnapshots += length;
    else totals.droppedSnapshots += length;
  }
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseSinkOptions(args);
  if (options === undefined) {
    console.log(SINK_HELP);
    return 0;
  }
  const log = new StreamLog({
    write: (bytes) => Deno.stdout.write(bytes),
    format: options.log,
    level: options.logLevel,
    utcMs: () => Date.now(),
  });
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, () => stop.abort());
  await run(options, log, stop.signal);
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    console.error(`otlp sink: ${(error as Error).message}`);
    Deno.exit(error instanceof UsageError ? EXIT_USAGE : EXIT_FAILURE);
  }
}
