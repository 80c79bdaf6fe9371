import { CaptureText, CaptureTotals, COLOURS, captureRow, jsonLine, NO_COLOURS, printable } from "../../inspect/mod.ts";
import type { ProtocolDefinition } from "../../protocols/definition.ts";
import { UnreadableFileError } from "../capture_file.ts";
import { type CapturePass, readCapture } from "../capture_items.ts";
import { captureNames, JSON_FLAG, PROTOCOL_FLAG, protocolNamed } from "../capture_options.ts";
import { type Command, type CommandIo, EXIT_FAILURE, EXIT_OK } from "../command.ts";
import { type Flag, flagLines, parseFlags } from "../flags.ts";
import { terminalOf } from "../terminal.ts";
import { TextOutput } from "../text_output.ts";

const FLAGS: readonly Flag[] = [
  { ...JSON_FLAG, summary: "Print each frame as a JSON object on a line of its own." },
  PROTOCOL_FLAG,
];

const USAGE = `tidewire dump: show what captures hold, frame by frame

  tidewire dump FILE… [options]

FILE is a capture (.tide) or - for standard input. Each frame is shown with its offset in bytes,
the time it was sent (UTC), and what it says. What can't be decoded is shown with what is wrong and
what was skipped, and reading goes on at the next good frame.

${flagLines(FLAGS)}

With --json a frame has offset, version, type, flags, platform, messageId, timestampUtcMs, agentId,
envelopeExtensions and payload. A part of a snapshot has segment, and the payload in the part that
makes it whole. What can't be decoded has offset and error. Integers are exact at any size. With more
than one FILE each object begins with file.

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
    const definition = protocolNamed(values["protocol"] as string | undefined);
    const output = new TextOutput(io.stdout);
    let exitCode = EXIT_OK;
    for (const name of names) {
      try {
        if (values["json"] === true) await dumpJson(name, names.length > 1, definition, io, output);
        else await dumpText(name, definition, io, output);
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
  definition: ProtocolDefinition,
  io: CommandIo,
  output: TextOutput,
): Promise<void> {
  const pass: CapturePass = {
    item(item) {
      const row = captureRow(item);
      return output.print(jsonLine(hasFile ? { file: name, ...row } : row));
    },
    pause: () => output.flush(),
  };
  return readCapture(name, definition, io, pass);
}

async function dumpText(
  name: string,
  definition: ProtocolDefinition,
  io: CommandIo,
  output: TextOutput,
): Promise<void> {
  const { hasColours, columns } = terminalOf(io);
  const paint = hasColours ? COLOURS : NO_COLOURS;
  const text = new CaptureText(paint, columns);
  const totals = new CaptureTotals();
  const title = paint.strong(printable(name === "-" ? "standard input" : name));
  let isTitled = false;
  const printTitle = async (): Promise<void> => {
    if (!isTitled) await output.print(title, "");
    isTitled = true;
  };
  await readCapture(name, definition, io, {
    async item(item) {
      await printTitle();
      totals.add(item);
      await output.print(...text.lines(item));
    },
    pause: () => output.flush(),
  });
  await printTitle();
  const { problems } = totals;
  const verdict = problems === undefined ? "problems  none" : paint.alarm(`problems  ${problems}`);
  await output.print("", ...totals.lines(), verdict, "");
  await output.flush();
}
