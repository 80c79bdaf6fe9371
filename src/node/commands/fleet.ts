import { duration, formatDuration, wholeNumber } from "../../agent/config_values.ts";
import { jsonLine, printable } from "../../inspect/mod.ts";
import { grouped } from "../../inspect/quantities.ts";
import { AgentCredentials } from "../agent_credentials.ts";
import { JSON_FLAG } from "../capture_options.ts";
import { systemClock } from "../clock.ts";
import { type Command, EXIT_FAILURE, EXIT_OK, UsageError } from "../command.ts";
import { type Flag, flagLines, parseFlags } from "../flags.ts";
import { Fleet } from "../fleet/fleet.ts";
import { fleetReport, fleetText } from "../fleet/fleet_report.ts";
import { parseOption, serverOption, tlsOptions } from "../option_values.ts";
import { packageVersion } from "../package_version.ts";
import { ProgressLine } from "../progress_line.ts";
import { tcpDialer } from "../tcp_dialer.ts";
import { tlsDialer } from "../tls_dialer.ts";

/** An address has 28,000 ports to connect from on Linux; a process has as many sockets as `ulimit -n` allows. */
const MAX_AGENTS = 28_000;
/** More than one process can make. */
const MAX_RATE = 100_000;
/** A frame of each agent is in memory; more processes than this are another test. */
const MAX_PROCESSES = 10_000;
const MAX_DURATION_MS = 86_400_000;
const MAX_DRAIN_MS = 600_000;
const DEFAULTS = { agents: "100", processes: "100", duration: "30s", drain: "10s" } as const;
/** Without --rate an agent keeps the pace that agents have. */
const USUAL_INTERVAL_S = 10;
const PROGRESS_MS = 250;

const FLAGS: readonly Flag[] = [
  { name: "server", argument: "HOST:PORT", summary: "Where the snapshots go; needed." },
  { name: "agents", argument: "N", summary: `Agents, a connection each (${DEFAULTS.agents}).` },
  { name: "rate", argument: "N", summary: "Snapshots a second, of all agents together (a tenth of the agents)." },
  { name: "processes", argument: "N", summary: `Processes in each snapshot (${DEFAULTS.processes}).` },
  { name: "duration", argument: "DURATION", summary: `How long snapshots are taken (${DEFAULTS.duration}).` },
  {
    name: "drain-timeout",
    argument: "DURATION",
    summary: `How long the end waits for the last answers (${DEFAULTS.drain}).`,
  },
  { name: "tls", summary: "Speak TLS 1.3 with the server (off, and on with --tls-ca or --tls-cert)." },
  { name: "tls-ca", argument: "FILE", summary: "Trust only servers whose certificate comes from this CA, PEM." },
  { name: "tls-cert", argument: "FILE", summary: "A certificate for all agents of the fleet, PEM." },
  { name: "tls-key", argument: "FILE", summary: "Its private key, PEM." },
  { name: "insecure-plaintext", summary: "Send unencrypted to a server that is not on this machine." },
  { ...JSON_FLAG, summary: "Print the report as a JSON object." },
];

const USAGE = `tidewire fleet: load a server with many agents

  tidewire fleet --server HOST:PORT --agents N [options]

Runs N agents in this process, each with its own session, socket and outbox, on machines that are
made up: what they send is stored like any other snapshot, under the agents fleet-000000 and on. Use
a server of its own. Ctrl-C ends it early, drained; a second one does not wait.

${flagLines(FLAGS)}

The report: accepted by the agents; acknowledged by the server as stored, with the time from sample
to acknowledgement; resent frames; dropped by full outboxes; refused; failed is what was accepted
and not acknowledged at the end.

Exit codes: 0 everything was acknowledged, 1 something was not, 2 usage.

Examples
  tidewire fleet --server 127.0.0.1:7400 --agents 1000
  tidewire fleet --server 127.0.0.1:7400 --agents 1000 --rate 5000 --duration 1m --json
`;

/** `tidewire fleet` */
export const fleetCommand: Command = {
  name: "fleet",
  summary: "load a server with many agents",
  usage: USAGE,
  async run(args, io): Promise<number> {
    const { values, positionals } = parseFlags(FLAGS, args);
    if (positionals.length > 0) throw new UsageError(`found ${printable(positionals[0]!)}, expected options only`);
    const tls = tlsOptions(values);
    const server = serverOption(values, tls !== undefined);
    const agents = parseOption("agents", values["agents"] ?? DEFAULTS.agents, wholeNumber(1, MAX_AGENTS));
    const usualRate = Math.max(1, agents / USUAL_INTERVAL_S);
    const durationMs = parseOption(
      "duration",
      values["duration"] ?? DEFAULTS.duration,
      duration(1_000, MAX_DURATION_MS),
    );
    const fleet = new Fleet({
      agents,
      server,
      perSecond:
        values["rate"] === undefined ? usualRate : parseOption("rate", values["rate"], wholeNumber(1, MAX_RATE)),
      processes: parseOption("processes", values["processes"] ?? DEFAULTS.processes, wholeNumber(0, MAX_PROCESSES)),
      drainTimeoutMs: parseOption(
        "drain-timeout",
        values["drain-timeout"] ?? DEFAULTS.drain,
        duration(0, MAX_DRAIN_MS),
      ),
      dialer: tls === undefined ? tcpDialer : tlsDialer(new AgentCredentials(tls, () => {})),
      clock: systemClock,
      agentVersion: packageVersion(),
    });
    const startMs = systemClock.monotonicMs();
    const elapsedMs = (): number => systemClock.monotonicMs() - startMs;
    const progress = new ProgressLine(io.stderr);
    const showing = setInterval(() => progress.update(() => progressText(fleet, elapsedMs(), durationMs)), PROGRESS_MS);
    fleet.start();
    await untilEnd(durationMs, () => void fleet.stop());
    await fleet.stop();
    clearInterval(showing);
    progress.clear();
    const report = fleetReport(fleet, server, agents, elapsedMs() / 1_000);
    io.stdout.write(values["json"] === true ? `${jsonLine({ ...report })}\n` : fleetText(report));
    if (report.failed === 0 && report.accepted > 0) return EXIT_OK;
    io.stderr.write(
      `tidewire: not everything was acknowledged: ${printable(report.trouble ?? "the server did not answer")}\n`,
    );
    return EXIT_FAILURE;
  },
};

/** Resolves after the time, or at a signal; a signal after that is for `force`. */
function untilEnd(durationMs: number, force: () => void): Promise<void> {
  return new Promise((resolve) => {
    let isOver = false;
    const end = (): void => {
      isOver = true;
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, durationMs);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => (isOver ? force() : end()));
  });
}

function progressText(fleet: Fleet, elapsedMs: number, durationMs: number): string {
  const { connections, accepted, acknowledged, dropped, resent } = fleet.counts;
  const p99Ms = fleet.latency.quantileMs(0.99);
  const left = formatDuration(Math.max(0, Math.round((durationMs - elapsedMs) / 1_000) * 1_000));
  const parts = [
    left === "0ms" ? "draining" : `${left} left`,
    `${grouped(connections)} connected`,
    `${grouped(acknowledged)} of ${grouped(accepted)} acknowledged`,
    `p99 ${p99Ms === undefined ? "–" : `${Math.round(p99Ms)} ms`}`,
  ];
  if (resent > 0) parts.push(`${grouped(resent)} resent`);
  if (dropped > 0) parts.push(`${grouped(dropped)} dropped`);
  return parts.join(", ");
}
