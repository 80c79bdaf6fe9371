import { CaptureText, CaptureTotals, COLOURS, captureRow, jsonLine, NO_COLOURS, printable } from "../../inspect/mod.ts";
import { CATALOGUE } from "../../protocols/catalogue.ts";
import { UnreadableFileError } from "../capture_file.ts";
import { type RecognisedPass, readAnyCapture } from "../capture_items.ts";
import { captureNames, JSON_FLAG, PROTOCOL_FLAG, protocolNamed } from "../capture_options.ts";
import { type Command, type CommandIo, EXIT_FAILURE, EXIT_OK } from "../command.ts";
import { type Flag, flagLines, parseFlags } from "../flags.ts";
import { terminalOf } from "../terminal.ts";
import { TextOutput } from "../text_output.ts";

const FLAGS: readonly Flag[] = [
  { ...JSON_FLAG, summary: "Print each frame as a JSON object on a line of its own." },
  PROTOCOL_FLAG,
];

/** What captures are of unless something else speaks for itself. */
const DEFAULT_PROTOCOL = CATALOGUE[0]!.name;

const USAGE = `tidewire dump: show what captures hold, frame by frame

  tidewire dump FILE… [options]

FILE is a capture (.tide), a packet capture (pcap, pcapng), a file of the earlier demo, or any of
these as hex or base64 text; - is standard input. What it is, is found by trying. Each frame is shown with its offset in bytes,
the time it was sent (UTC), and what it says. What can't be decoded is shown with what is wrong and
what was skipped, and reading goes on at the next good frame. Of a packet capture, each direction of
a TCP connection is a stream of its own; what the capture lacks is shown as MISSING_BYTES.

${flagLines(FLAGS)}

With --json a frame of the snapshot protocol has offset, version, type, flags, platform, messageId,
timestampUtcMs, agentId, envelopeExtensions and payload. A part of a snapshot has segment, and the payload in the part that
makes it whole. What can't be decoded has offset and error. Integers are exact at any size. With more
than one FILE each object begins with file; of a packet capture it has stream before offset.

Exit codes: 0 the files were read, damaged or not (tidewire check judges), 1 a file can't be read,
2 usage.

Examples
  tidewire dump data/*.tide | less
  tidewire dump --json capture.tide | jq 'select(.error)'
  ssh host cat /var/lib/tidewire/x.tide | tidewire dump -
`;

/** `tidewire dump` */
export const dumpCommand: Command = {
  name: "dump",
  summary: "show what captures hold, frame by frame",
  usage: USAGE,
  async run(args, io): Promise<number> {
    const { values, positionals } = parseFlags(FLAGS, args);
    const names = captureNames(positionals);
    const protocol = protocolNamed(values["protocol"] as string | undefined);
    const output = new TextOutput(io.stdout);
    let exitCode = EXIT_OK;
    for (const name of names) {
      try {
        if (values["json"] === true) await dumpJson(name, names.length > 1, protocol, io, output);
        else await dumpText(name, protocol, io, output);
      } catch (error) {
        if (!(error instanceof UnreadableFileError)) throw error;
        exitCode = EXIT_FAILURE;
        await output.flush();
        io.stderr.write(`tidewire: ${printable(error.message)}\n`);
      }
    }
    return exitCode;
  },
};

function dumpJson(
  name: string,
  hasFile: boolean,
  protocol: string | undefined,
  io: CommandIo,
  output: TextOutput,
): Promise<void> {
  const pass: RecognisedPass = {
    item(item, { stream }) {
      const row = captureRow(item, stream);
      return output.print(jsonLine(hasFile ? { file: name, ...row } : row));
    },
    pause: () => output.flush(),
  };
  return readAnyCapture(name, protocol, io, pass);
}

async function dumpText(name: string, protocol: string | undefined, io: CommandIo, output: TextOutput): Promise<void> {
  const { hasColours, columns } = terminalOf(io);
  const paint = hasColours ? COLOURS : NO_COLOURS;
  const text = new CaptureText(paint, columns);
  const totals = new CaptureTotals();
  const title = paint.strong(printable(name === "-" ? "standard input" : name));
  let isTitled = false;
  let about: readonly string[] = [];
  const printTitle = async (): Promise<void> => {
    if (!isTitled) await output.print(title, ...about, "");
    isTitled = true;
  };
  await readAnyCapture(name, protocol, io, {
    recognised({ format, reason }) {
      about = format.container === "stream" && format.protocol === DEFAULT_PROTOCOL ? [] : [paint.dim(reason)];
    },
    async item(item, origin) {
      await printTitle();
      totals.add(item, origin);
      await output.print(...text.lines(item, origin));
    },
    pause: () => output.flush(),
  });
  await printTitle();
  const { problems } = totals;
  const verdict = problems === undefined ? "problems  none" : paint.alarm(`problems  ${problems}`);
  await output.print("", ...totals.lines(), verdict, "");
  await output.flush();
}
