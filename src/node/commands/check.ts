import {
  CaptureCheck,
  CaptureTotals,
  COLOURS,
  type Finding,
  jsonLine,
  NO_COLOURS,
  type Paint,
  printable,
  rowPlace,
} from "../../inspect/mod.ts";
import { counted, grouped, size } from "../../inspect/quantities.ts";
import { UnreadableFileError } from "../capture_file.ts";
import { readAnyCapture } from "../capture_items.ts";
import { captureNames, JSON_FLAG, PROTOCOL_FLAG, protocolNamed } from "../capture_options.ts";
import { type Command, type CommandIo, EXIT_FAILURE, EXIT_FINDINGS, EXIT_OK } from "../command.ts";
import { type Flag, flagLines, parseFlags } from "../flags.ts";
import { ProgressLine } from "../progress_line.ts";
import { terminalOf } from "../terminal.ts";
import { TextOutput } from "../text_output.ts";

const FLAGS: readonly Flag[] = [JSON_FLAG, PROTOCOL_FLAG];

const USAGE = `tidewire check: say what is wrong with captures, and where

  tidewire check FILE… [options]

FILE is a capture (.tide), a packet capture (pcap, pcapng), a file of the earlier demo, or any of
these as hex or base64 text; - is standard input. What it is, is found by trying. Every frame is decoded. What is told is
  what can't be decoded  by the error's name: CRC_MISMATCH, TRUNCATED, PAYLOAD_MALFORMED, …
  MISSING_BYTES          what a packet capture lacks of a connection
  INCOMPLETE_SNAPSHOT    a segmented snapshot of which parts are missing
  DUPLICATE_SNAPSHOT     a snapshot that an agent has in the file twice: a store keeps each once;
                         what was recorded from a connection may hold it twice, sent again

${flagLines(FLAGS)}

With --json a finding has file, offset, error, detail, and endOffset where bytes could not be
decoded; of a packet capture, stream before offset. After those of a file comes its count: file,
bytes, frames, snapshots, findings.

Exit codes: 0 nothing is wrong, 1 a file can't be read, 2 usage, 3 something is wrong.

Examples
  tidewire check data/*.tide
  tidewire check --json capture.tide | jq -r 'select(.error) | "\\(.offset) \\(.error)"'
`;

/** `tidewire check` */
export const checkCommand: Command = {
  name: "check",
  summary: "say what is wrong with captures, and where",
  usage: USAGE,
  async run(args, io): Promise<number> {
    const { values, positionals } = parseFlags(FLAGS, args);
    const names = captureNames(positionals);
    const protocol = protocolNamed(values["protocol"] as string | undefined);
    const report = values["json"] === true ? jsonReport(io) : textReport(io);
    let hasFindings = false;
    let hasUnread = false;
    for (const name of names) {
      try {
        hasFindings = (await checkFile(name, protocol, io, report)) || hasFindings;
      } catch (error) {
        if (!(error instanceof UnreadableFileError)) throw error;
        hasUnread = true;
        await report.output.flush();
        io.stderr.write(`tidewire: ${printable(error.message)}\n`);
      }
    }
    // A file that could not be looked at may hold anything: that weighs more than what others hold.
    return hasUnread ? EXIT_FAILURE : hasFindings ? EXIT_FINDINGS : EXIT_OK;
  },
};

/** How findings are printed. */
interface Report {
  readonly output: TextOutput;
  finding(name: string, finding: Finding, isFirst: boolean): Promise<void>;
  end(name: string, totals: CaptureTotals, findings: number): Promise<void>;
}

async function checkFile(name: string, protocol: string | undefined, io: CommandIo, report: Report): Promise<boolean> {
  const check = new CaptureCheck();
  const totals = new CaptureTotals();
  let count = 0;
  const tell = async (findings: readonly Finding[]): Promise<void> => {
    for (const finding of findings) await report.finding(name, finding, count++ === 0);
  };
  const progress = new ProgressLine(io.stderr);
  await readAnyCapture(name, protocol, io, {
    item(item, origin) {
      totals.add(item, origin);
      const findings = check.take(item, origin);
      return findings.length === 0 ? undefined : tell(findings);
    },
    pause(readBytes) {
      progress.update(() => `${printable(name)}: ${size(readBytes)} looked at`);
      return report.output.flush();
    },
  });
  progress.clear();
  await tell(check.atEnd());
  await report.end(name, totals, count);
  await report.output.flush();
  return count > 0;
}

function jsonReport(io: CommandIo): Report {
  const output = new TextOutput(io.stdout);
  return {
    output,
    finding(file, { stream, offset, error, detail, resume }) {
      const end = resume === undefined ? {} : { endOffset: resume.endOffset };
      return output.print(jsonLine({ file, ...rowPlace(stream, offset), error, detail, ...end }));
    },
    end: (file, { bytes, frames, snapshots }, findings) =>
      output.print(jsonLine({ file, bytes, frames, snapshots, findings })),
  };
}

function textReport(io: CommandIo): Report {
  const output = new TextOutput(io.stdout);
  const paint: Paint = terminalOf(io).hasColours ? COLOURS : NO_COLOURS;
  return {
    output,
    finding(name, { stream, offset, error, detail, resume }, isFirst) {
      const lines = [
        ...(isFirst ? [paint.strong(printable(name))] : []),
        ...(stream === "" ? [] : [paint.dim(`            ${stream}`)]),
        `${String(offset).padStart(10)}  ${paint.alarm(`!! ${error}`)}`,
        `            ${detail}`,
        ...(resume === undefined ? [] : [`            ${resume.text}`]),
      ];
      return output.print(...lines);
    },
    end(name, totals, findings) {
      const extent = `${counted(totals.frames, "frame")}, ${counted(totals.snapshots, "snapshot")}, ${grouped(totals.bytes)} bytes`;
      const verdict = findings === 0 ? "nothing wrong" : paint.alarm(counted(findings, "problem"));
      return output.print(`${printable(name)}: ${verdict} (${extent})`);
    },
  };
}
