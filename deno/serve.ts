/**
 * The server: takes in snapshots from agents and stores them. `--help` lists the options.
 *
 * @module
 */
import { formatAddress } from "./http_server.ts";
import { configFlags, mergeLive } from "./serve_config.ts";
import { parseServeOptions, type ServeOptions, serveHelp, UsageError } from "./serve_options.ts";
import { Server } from "./server.ts";
import { ServiceNotices } from "./service_notices.ts";
import { messageOf, StartError } from "./start_error.ts";
import { StreamLog } from "./stream_log.ts";

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

/** Runs until a signal ends it; gives the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
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
  const notices = new ServiceNotices(log);
  starting.then(
    () => notices.ready(`listens on ${formatAddress(options.listen)}`),
    () => {},
  );
  // Without files to look at, the end of a terminal is the end of the server, as for any program.
  if ((options.tlsCert ?? options.httpTokenFile ?? options.config) !== undefined) {
    const reload = reloader(args, options, log, notices);
    Deno.addSignalListener("SIGHUP", () => starting.then(reload));
  }
  // A start that is cut short leaves nothing half done: the next one begins the recovery anew.
  const server = await Promise.race([starting, stopped.first.then(() => undefined)]);
  await stopped.first;
  notices.stopping();
  const isDrained = server === undefined || (await Promise.race([server.stop(), stopped.second.then(() => false)]));
  log.write(isDrained ? "info" : "warn", "stopped", { drained: isDrained });
  await log.flush();
  return isDrained ? 0 : EXIT_FAILURE;
}

/** Flags, and before them what stands in the file that they name. */
function readOptions(args: readonly string[]): ServeOptions {
  const options = parseServeOptions(args);
  return options.config === undefined ? options : parseServeOptions([...configFlags(options.config), ...args]);
}

/** What SIGHUP does: certificates, token and file are looked at anew; what is broken is reported and left as it was. */
function reloader(
  args: readonly string[],
  options: ServeOptions,
  log: StreamLog,
  notices: ServiceNotices,
): (server: Server) => void {
  let running = options;
  return (server) => {
    notices.reloading();
    server.reload();
    try {
      if (options.config !== undefined) {
        const { options: merged, changed, needsRestart } = mergeLive(running, readOptions(args));
        running = merged;
        server.reconfigure(merged);
        log.write("info", "reloaded", { changed: changed.join(" "), needsRestart: needsRestart.join(" ") });
      }
    } catch (error) {
      log.write("error", "reloadFailed", { reason: messageOf(error), inUse: "what was read before" });
    }
    notices.ready("reloaded");
  };
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
