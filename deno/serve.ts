/**
 * The server: takes in snapshots from agents and stores them. `--help` lists the options.
 *
 * @module
 */
import { parseServeOptions, serveHelp, UsageError } from "./serve_options.ts";
import { Server } from "./server.ts";
import { StartError } from "./start_error.ts";
import { StreamLog } from "./stream_log.ts";

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

/** Runs until a signal ends it; gives the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const options = parseServeOptions(args);
  if (options.help) {
    console.log(serveHelp());
    return 0;
  }
  const log = new StreamLog({
    write: (bytes) => Deno.stdout.write(bytes),
    format: options.log,
    level: options.logLevel,
    utcMs: () => Date.now(),
  });
  const stopped = onSignals();
  const starting = Server.start(options, log);
  // Without files to look at, the end of a terminal is the end of the server, as for any program.
  if ((options.tlsCert ?? options.httpTokenFile) !== undefined) {
    Deno.addSignalListener("SIGHUP", () => starting.then((server) => server.reload()));
  }
  // A start that is cut short leaves nothing half done: the next one begins the recovery anew.
  const server = await Promise.race([starting, stopped.first.then(() => undefined)]);
  await stopped.first;
  const isDrained = server === undefined || (await Promise.race([server.stop(), stopped.second.then(() => false)]));
  log.write(isDrained ? "info" : "warn", "stopped", { drained: isDrained });
  await log.flush();
  return isDrained ? 0 : EXIT_FAILURE;
}

/** The first signal asks for an end, the second one forces it. */
function onSignals(): { readonly first: Promise<void>; readonly second: Promise<void> } {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let count = 0;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => {
      count++;
      if (count === 1) first.resolve();
      else second.resolve();
    });
  }
  return { first: first.promise, second: second.promise };
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`serve: ${error.message}`);
      Deno.exit(EXIT_USAGE);
    }
    if (error instanceof StartError) {
      console.error(`serve: ${error.code}: ${error.message}`);
      Deno.exit(EXIT_FAILURE);
    }
    throw error;
  }
}
