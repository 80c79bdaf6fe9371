import { AgentEngine } from "../agent/agent_engine.ts";
import type { AgentReport } from "../agent/agent_events.ts";
import { formatDuration } from "../agent/config_values.ts";
import type { AgentConfig } from "../agent/settings.ts";
import type { Log } from "../ports/log.ts";
import { ClientSession } from "../protocols/snapshot/client_session.ts";
import { AgentCredentials } from "./agent_credentials.ts";
import { AgentHost, utcOffsetMs } from "./agent_host.ts";
import { logEnd, logReport } from "./agent_log.ts";
import { agentIdOf, capabilitiesOf, samplerOf } from "./agent_parts.ts";
import { type ReloadTarget, takeOver } from "./agent_reload.ts";
import { type OpenSpool, openSpool, spoolFolderOf } from "./agent_spool.ts";
import { systemClock } from "./clock.ts";
import { type CommandIo, EXIT_FAILURE, EXIT_OK } from "./command.ts";
import { systemEntropy } from "./entropy.ts";
import { readHostInfo } from "./host_info.ts";
import { createLog } from "./log.ts";
import { packageVersion } from "./package_version.ts";
import { ServiceNotices } from "./service_notices.ts";
import { tcpDialer } from "./tcp_dialer.ts";
import { tlsDialer } from "./tls_dialer.ts";

/** How one run of an agent differs from the usual. */
export interface AgentRun {
  /** End after the first snapshot, and print it when it is stored. */
  readonly once: boolean;
  readonly json: boolean;
  /**
   * Reads the configuration anew, for SIGHUP; nothing where there is no file.
   *
   * @throws Error that says what is wrong with it
   */
  readonly readAgain?: () => AgentConfig;
}

/** Runs an agent until it is told to stop, or for one snapshot. @returns the exit code */
export async function runAgent(config: AgentConfig, run: AgentRun, io: CommandIo): Promise<number> {
  const agentId = agentIdOf(config, io.env);
  const logging = {
    format: config.log,
    level: config.logLevel,
    colours: io.stderr.isTTY === true && !io.env["NO_COLOR"],
    write: (line: string) => io.stderr.write(line),
    utcMs: systemClock.utcMs,
  };
  const log = createLog(logging);
  const notices = new ServiceNotices(io.env, log);
  const credentials = config.tls ? credentialsOf(config, log) : undefined;
  const { engine, opened } = await createEngine(config, agentId, run, io, log);
  let sent: Uint8Array | undefined;
  const host = new AgentHost({
    engine,
    sampler: await samplerOf(config),
    dialer: credentials === undefined ? tcpDialer : tlsDialer(credentials),
    clock: systemClock,
    onReport(report: AgentReport) {
      if (run.once && report.type === "sampled") sent = report.payload;
      logReport(log, report);
    },
  });
  if (opened !== undefined) opened.spool.onChange = () => host.wake();
  let told = Promise.resolve();
  const stop = (): void => {
    told = notices.stopping();
    host.stop();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  onHangUp(config, run, { host, log, logging, credentials, notices, stop });
  log.write("info", "started", {
    agentId,
    servers: config.servers.join(","),
    interval: formatDuration(config.intervalMs),
  });
  const ending = host.run();
  // Servers may be away: an agent that samples and keeps is at work.
  notices.ready(`sends to ${config.servers.join(", ")} as ${agentId}`);
  const end = await ending;
  await told;
  await opened?.close();
  logEnd(log, end, engine.counters);
  // What was not stored and is not on disk is lost with the process: whoever stopped it should know.
  if (!run.once) return end.queued === 0 || opened?.spool.isSettled ? EXIT_OK : EXIT_FAILURE;
  if (sent === undefined || engine.counters.stored === 0) return explainUnstored(config, log);
  await printSnapshot(sent, run.json, io);
  return EXIT_OK;
}

async function createEngine(
  config: AgentConfig,
  agentId: string,
  { once }: AgentRun,
  { env }: CommandIo,
  log: Log,
): Promise<{ readonly engine: AgentEngine; readonly opened: OpenSpool | undefined }> {
  const { platform, hostName, osRelease } = await readHostInfo();
  const session = new ClientSession({
    agentId,
    platform,
    agentVersion: packageVersion(),
    hostName,
    osRelease,
    capabilities: capabilitiesOf(config),
    entropy: systemEntropy,
    utcOffsetMs: utcOffsetMs(systemClock),
    ...(config.compress ? { compressor: await (await import("./zstd.ts")).zstdCompressor() } : {}),
  });
  // One snapshot is sent or not: nothing is kept for another run, and the agent that runs here keeps its spool.
  const folder = once ? undefined : spoolFolderOf(config, env);
  const identity = { agentId, platform, utcOffsetMs: utcOffsetMs(systemClock) };
  const opened = folder === undefined ? undefined : await openSpool(folder, config, identity, log);
  const { spool: _, ...settings } = config;
  const kept = opened === undefined ? {} : { spool: opened.spool };
  const options = { session, entropy: systemEntropy, selection: config, once, ...settings, ...kept };
  return { engine: new AgentEngine(options, systemClock.monotonicMs()), opened };
}

/** New files are used from the next connection on; SIGHUP says now whether they can be. */
function credentialsOf(config: AgentConfig, log: Log): AgentCredentials {
  return new AgentCredentials(config, (reason) => {
    log.write("error", "tlsReloadFailed", { reason, inUse: "the ones read before" });
  });
}

/** What SIGHUP needs. */
interface HangUpParts extends ReloadTarget {
  readonly credentials: AgentCredentials | undefined;
  readonly notices: ServiceNotices;
  readonly stop: () => void;
}

/** With files to look at, SIGHUP looks at them anew; without any, the end of a terminal is the end of the agent. */
function onHangUp(config: AgentConfig, { readAgain }: AgentRun, parts: HangUpParts): void {
  const { credentials, notices, log, stop } = parts;
  if (readAgain === undefined && credentials === undefined) {
    process.on("SIGHUP", stop);
    return;
  }
  let running = config;
  const reload = async (): Promise<void> => {
    notices.reloading();
    if (credentials?.reload()) log.write("info", "tlsReloaded");
    try {
      if (readAgain !== undefined) running = await takeOver(running, readAgain(), parts);
    } catch (error) {
      log.write("error", "reloadFailed", { reason: (error as Error).message, inUse: "what was read before" });
    }
    notices.ready("reloaded");
  };
  let reloading = Promise.resolve();
  process.on("SIGHUP", () => {
    reloading = reloading.then(reload);
  });
}

function explainUnstored({ servers, drainTimeoutMs }: AgentConfig, log: Log): number {
  const waited = formatDuration(drainTimeoutMs);
  log.write("error", "notStored", {
    detail: `${servers.join(", ")} did not say within ${waited} that the snapshot is stored. Is a server listening there? Start one, or give --server, or a longer --drain-timeout`,
  });
  return EXIT_FAILURE;
}

/** Loaded when it is needed: a running agent decodes nothing. */
async function printSnapshot(payload: Uint8Array, json: boolean, io: CommandIo): Promise<void> {
  const [columns, rows, text] = await Promise.all([
    import("../protocols/snapshot/decode_snapshot.ts"),
    import("../protocols/snapshot/snapshot_rows.ts"),
    import("./snapshot_text.ts"),
  ]);
  const snapshot = rows.snapshotPayload(columns.decodeSnapshotColumns(payload));
  io.stdout.write(json ? `${text.snapshotJson(snapshot)}\n` : text.snapshotText(snapshot));
}
