import type { ProcReader } from "./proc_reader.ts";
import type { ProcessTable } from "./process_table.ts";

interface KnownCmdline {
  readonly startTicks: number;
  /** A process that turns into another program keeps its pid and start, and changes its name. */
  readonly name: string;
  readonly cmdline: string | null;
}

/** One command line is at most the reader's buffer, 4 KiB: 16,384 of them are 64 MiB at the worst, 2 MiB usually. */
const MAX_KNOWN = 16_384;

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads command lines, each once in the life of a process: they hardly ever change and cost the kernel a page fault. */
export class CmdlineReader {
  readonly #reader: ProcReader;
  readonly #known: Map<number, KnownCmdline> = new Map();

  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  /** The command line, its arguments parted by spaces; null for a kernel thread or one that may not be read. */
  read(pid: number, startTicks: number, name: string): string | null {
    const known = this.#known.get(pid);
    if (known !== undefined && known.startTicks === startTicks && known.name === name) return known.cmdline;
    const length = this.#reader.read(`${pid}/cmdline`);
    const cmdline = length > 0 ? cmdlineText(this.#reader.buffer, length) : null;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(pid, { startTicks, name, cmdline });
    return cmdline;
  }

  /** Forgets the processes that are gone. */
  keepOnly(living: ProcessTable): void {
    for (const [pid, { startTicks }] of this.#known) if (!living.has(pid, startTicks)) this.#known.delete(pid);
  }
}

/** Arguments are parted by NULs; what was cut in the middle of a character loses that character. */
export function cmdlineText(buffer: Uint8Array, length: number): string | null {
  let end = length === buffer.length ? characterEnd(buffer, length) : length;
  while (end > 0 && buffer[end - 1] === 0) end--;
  for (let i = 0; i < end; i++) if (buffer[i] === 0) buffer[i] = 0x20;
  return end === 0 ? null : UTF8.decode(buffer.subarray(0, end));
}

/** `length`, or less when the last character of UTF-8 is not whole. */
function characterEnd(buffer: Uint8Array, length: number): number {
  let lead = length - 1;
  while (lead > length - 4 && lead > 0 && (buffer[lead]! & 0xc0) === 0x80) lead--;
  const first = buffer[lead]!;
  const bytes = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return bytes > 1 && lead + bytes > length ? lead : length;
}
