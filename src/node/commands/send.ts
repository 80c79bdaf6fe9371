import { duration, text } from "../../agent/config_values.ts";
import { CaptureCheck, type Finding, jsonLine, printable } from "../../inspect/mod.ts";
import { counted, grouped } from "../../inspect/quantities.ts";
import { payloadOf } from "../../inspect/snapshot_payload.ts";
import { snapshotRowOf } from "../../inspect/snapshot_row.ts";
import { encodeSnapshot, MAX_AGENT_ID_BYTES } from "../../protocols/snapshot/mod.ts";
import { SNAPSHOT_PROTOCOL } from "../../protocols/snapshot/protocol.ts";
import { AgentCredentials } from "../agent_credentials.ts";
import { UnreadableFileError } from "../capture_file.ts";
import { readCapture } from "../capture_items.ts";
import { captureNames, JSON_FLAG } from "../capture_options.ts";
import { CaptureReplay, type ReplayReport } from "../capture_replay.ts";
import { systemClock } from "../clock.ts";
import { type Command, type CommandIo, EXIT_FAILURE, EXIT_OK } from "../command.ts";
import { type Flag, flagLines, type ParsedFlags, parseFlags } from "../flags.ts";
import { parseOption, serverOption, tlsOptions } from "../option_values.ts";
import { packageVersion } from "../package_version.ts";
import { ProgressLine } from "../progress_line.ts";
import { tcpDialer } from "../tcp_dialer.ts";
import { tlsDialer } from "../tls_dialer.ts";
import { zstdCompressor } from "../zstd.ts";

const DEFAULT_TIMEOUT = "30s";
/** Below this no network answers in time; above, nobody is still watching. */
const MIN_TIMEOUT_MS = 100;
const MAX_TIMEOUT_MS = 3_600_000;

const FLAGS: readonly Flag[] = [
  { name: "server", argument: "HOST:PORT", summary: "Where the snapshots go; needed." },
  { name: "agent-id", argument: "ID", summary: "Send all of them as this agent (each as the agent of the capture)." },
  {
    name: "timeout",
    argument: "DURATION",
    summary: `Give up when nothing has moved for so long (${DEFAULT_TIMEOUT}). A lost connection is made anew until then.`,
  },
  { name: "tls", summary: "Speak TLS 1.3 with the server (off, and on with --tls-ca or --tls-cert)." },
  { name: "tls-ca", argument: "FILE", summary: "Trust only servers whose certificate comes from this CA, PEM." },
  { name: "tls-cert", argument: "FILE", summary: "A certificate for the agent that is sent as, PEM; see --agent-id." },
  { name: "tls-key", argument: "FILE", summary: "Its private key, PEM." },
  { name: "insecure-plaintext", summary: "Send unencrypted to a server that is not on this machine." },
  { ...JSON_FLAG, summary: "Print the report as a JSON object." },
];

const USAGE = `tidewire send: send the snapshots of captures to a server

  tidewire send FILE… --server HOST:PORT [options]

FILE is a capture (.tide) or - for standard input. Its snapshots are decoded, put together and sent
anew, in their order, through a session for each agent. They keep their ids: a server stores each
once, however often it is sent. Other messages of the capture are not sent. While it runs, a living
agent of the same id is replaced at the server: --agent-id avoids that.

${flagLines(FLAGS)}

Exit codes: 0 everything in the captures was sent and is stored, 1 something was not, 2 usage.

Examples
  tidewire send data/*.tide --server 127.0.0.1:7400
  tidewire send capture.tide --server 127.0.0.1:7400 --agent-id replay-1 --json
`;

/** `tidewire send` */
export const sendCommand: Command = {
  name: "send",
  summary: "send the snapshots of captures to a server",
  usage: USAGE,
  async run(args, io): Promise<number> {
    const { values, positionals } = parseFlags(FLAGS, args);
    const names = captureNames(positionals);
    const { server, agentId, timeoutMs } = settingsOf(values);
    const tls = tlsOptions(values);
    const replay = new CaptureReplay({
      dialer: tls === undefined ? tcpDialer : tlsDialer(new AgentCredentials(tls, () => {})),
      clock: systemClock,
      address: server,
      agentVersion: packageVersion(),
      compressor: await zstdCompressor(),
      timeoutMs,
    });
    const progress = new ProgressLine(io.stderr);
    const losses: Losses = { files: 0, faults: 0, incomplete: 0 };
    for (const name of names) {
      try {
        await sendFile(name, agentId, replay, losses, progress, io);
      } catch (error) {
        if (!(error instanceof UnreadableFileError)) throw error;
        losses.files++;
        progress.clear();
        io.stderr.write(`tidewire: ${printable(error.message)}\n`);
      }
    }
    const report = await replay.finish();
    progress.clear();
    io.stdout.write(values["json"] === true ? reportJson(server, report, losses) : reportText(server, report, losses));
    const isComplete = report.stored === report.snapshots && losses.files + losses.faults + losses.incomplete === 0;
    return isComplete ? EXIT_OK : EXIT_FAILURE;
  },
};

/** What the captures could not give. */
interface Losses {
  /** Files that could not be read to their end. */
  files: number;
  /** Places that could not be decoded. */
  faults: number;
  /** Snapshots of which parts are missing. */
  incomplete: number;
}

function settingsOf(values: ParsedFlags["values"]): {
  readonly server: string;
  readonly agentId: string | undefined;
  readonly timeoutMs: number;
} {
  const server = serverOption(values, tlsOptions(values) !== undefined);
  const agentId = values["agent-id"];
  return {
    server,
    agentId: agentId === undefined ? undefined : parseOption("agent-id", agentId, text(MAX_AGENT_ID_BYTES)),
    timeoutMs: parseOption("timeout", values["timeout"] ?? DEFAULT_TIMEOUT, duration(MIN_TIMEOUT_MS, MAX_TIMEOUT_MS)),
  };
}

async function sendFile(
  name: string,
  agentId: string | undefined,
  replay: CaptureReplay,
  losses: Losses,
  progress: ProgressLine,
  io: CommandIo,
): Promise<void> {
  const check = new CaptureCheck();
  const { report } = replay;
  const note = (findings: readonly Finding[]): void => {
    for (const { error, resume } of findings) {
      if (resume !== undefined) losses.faults++;
      else if (error === "INCOMPLETE_SNAPSHOT") losses.incomplete++;
    }
  };
  await readCapture(name, SNAPSHOT_PROTOCOL, io, {
    item(item) {
      note(check.take(item));
      const row = item.type === "frame" ? snapshotRowOf(item.row) : undefined;
      if (row?.payload === undefined) return undefined;
      progress.update(() => `${grouped(report.snapshots)} sent, ${grouped(report.stored)} stored`);
      const payload = payloadOf(row.payload);
      return replay.send({
        agentId: agentId ?? row.agentId,
        platform: row.platform,
        snapshotId: payload.snapshotId,
        payload: encodeSnapshot(payload),
      });
    },
  });
  note(check.atEnd());
}

function reportJson(server: string, report: ReplayReport, losses: Losses): string {
  const { refusals, trouble, ...counts } = report;
  const told = refusals.map(({ errorName, ...refusal }) => ({ ...refusal, error: errorName }));
  return `${jsonLine({ server, ...counts, ...losses, refusals: told, trouble: trouble ?? null })}\n`;
}

function reportText(server: string, report: ReplayReport, losses: Losses): string {
  const { snapshots, stored, refused, unanswered, repeated, refusals, trouble } = report;
  const all = stored === snapshots ? "all" : grouped(stored);
  const lines = [
    snapshots === 0
      ? "There was no snapshot to send"
      : `${all} of ${counted(snapshots, "snapshot")} stored at ${server}`,
  ];
  if (repeated > 0) lines.push(`  ${grouped(repeated)} more came twice in a row and were sent once`);
  if (refused > 0) lines.push(`  ${grouped(refused)} refused:`);
  for (const { agentId, snapshotId, errorName, detail } of refusals) {
    lines.push(`    ${snapshotId} of ${printable(agentId)}: ${printable(`${errorName}, ${detail}`)}`);
  }
  if (refusals.length < refused) lines.push(`    and ${grouped(refused - refusals.length)} more`);
  if (unanswered > 0) {
    lines.push(`  ${grouped(unanswered)} not answered: ${printable(trouble ?? "the server did not answer")}`);
    lines.push("  Is the server up? The same command sends them again; what is stored is not stored twice.");
  }
  const { faults, incomplete } = losses;
  if (faults > 0) lines.push(`  ${counted(faults, "place")} of the captures can't be decoded and was not sent`);
  if (incomplete > 0) lines.push(`  ${counted(incomplete, "snapshot")} of which parts are missing: not sent`);
  if (faults + incomplete > 0) lines.push("  tidewire check FILE says where");
  return `${lines.join("\n")}\n`;
}
