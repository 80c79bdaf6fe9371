/** A capture for people: a line for each frame, more for snapshots and for what is wrong. */
import { FLAG_COMPRESSED, SELECTION_ALL, SELECTION_COMMAND_LINES } from "../protocols/snapshot/mod.ts";
import type { CaptureFault, CaptureFrame, CaptureItem } from "./capture_reader.ts";
import { foundText, resumeText } from "./fault_text.ts";
import { shortId, snapshotSummary } from "./message_summary.ts";
import type { Paint } from "./paint.ts";
import { columnsOf, fillColumns, fitColumns, printable } from "./printable.ts";
import { dateAndTime, grouped, size, span, timestamp } from "./quantities.ts";
import { rowSummary } from "./row_summary.ts";
import { type SnapshotRow, type SnapshotValue, sentOf, snapshotRowOf } from "./snapshot_row.ts";
import { FILE_ORIGIN, type ItemOrigin, isSnapshotProtocol } from "./streams_reader.ts";

/** Processes that are shown of a snapshot: they are ordered by CPU. */
const SHOWN_PROCESSES = 5;
/** Widths of the columns; an agent id has up to 128 characters. */
const OFFSET_COLUMNS = 10;
const TIME_COLUMNS = 12;
const TYPE_COLUMNS = 12;
const MIN_AGENT_COLUMNS = 8;
const MAX_AGENT_COLUMNS = 24;
const SIZE_COLUMNS = 9;
/** With less room than this beside the columns, what a message says gets a line of its own. */
const MIN_SUMMARY_COLUMNS = 48;
const INDENT = " ".repeat(OFFSET_COLUMNS + 2);

/** Writes items as text. Offsets are bytes from the start of the capture, times are UTC. */
export class CaptureText {
  readonly #paint: Paint;
  readonly #columns: number;
  #date = "";
  #stream = "";
  /** Grows with the ids that come by, so that the columns stand still. */
  #agentColumns = MIN_AGENT_COLUMNS;

  /** @param columns how wide the terminal is */
  constructor(paint: Paint, columns: number) {
    this.#paint = paint;
    this.#columns = columns;
  }

  /** The lines for one item. */
  lines(item: CaptureItem, origin: ItemOrigin = FILE_ORIGIN): string[] {
    const lines = item.type === "frame" ? this.#frameLines(item, origin) : this.#faultLines(item);
    if (origin.stream === this.#stream) return lines;
    this.#stream = origin.stream;
    return [this.#paint.dim(`${INDENT}${printable(origin.stream)}`), ...lines];
  }

  #frameLines({ offset, frame, row }: CaptureFrame, { definition, timeMs }: ItemOrigin): string[] {
    const { type, agentId = "", timestampUtcMs = timeMs } = sentOf(row);
    const hasTime = !Number.isNaN(timestampUtcMs);
    const { date, time } = hasTime ? dateAndTime(timestampUtcMs) : { date: this.#date, time: "" };
    const lines: string[] = [];
    if (date !== this.#date) {
      lines.push(this.#paint.dim(`${INDENT}${date}${date === "no date" ? "" : " UTC"}`));
      this.#date = date;
    }
    const agent = printable(agentId);
    this.#agentColumns = Math.min(MAX_AGENT_COLUMNS, Math.max(this.#agentColumns, columnsOf(agent)));
    const before = `${String(offset).padStart(OFFSET_COLUMNS)}  ${time.padEnd(TIME_COLUMNS)}  `;
    const after = `  ${fillColumns(agent, this.#agentColumns)}  ${size(frame.length).padStart(SIZE_COLUMNS)}`;
    const head = `${before}${this.#paint.strong(type.padEnd(TYPE_COLUMNS))}${after}`;
    const room = this.#columns - before.length - TYPE_COLUMNS - columnsOf(after) - 2;
    const summary = rowSummary(row, definition);
    if (room >= MIN_SUMMARY_COLUMNS) lines.push(`${head}  ${fitColumns(summary, room)}`);
    else lines.push(head, `${INDENT}${fitColumns(summary, this.#columns - INDENT.length)}`);
    const snapshot = isSnapshotProtocol(definition) ? snapshotRowOf(row) : undefined;
    if (snapshot?.payload !== undefined) lines.push(...this.#snapshotLines(snapshot, snapshot.payload));
    return lines;
  }

  #snapshotLines({ segment, flags }: SnapshotRow, snapshot: SnapshotValue): string[] {
    const { windowStartMs, windowEndMs, selection, processes } = snapshot;
    const windowMs = BigInt(windowEndMs) - BigInt(windowStartMs);
    const asked = (selection & SELECTION_ALL) !== 0 ? "all processes" : "busiest processes";
    const facts = [
      `snapshot ${shortId(snapshot.snapshotId)}`,
      `${span(windowMs)} up to ${timestamp(windowEndMs)} UTC`,
      (selection & SELECTION_COMMAND_LINES) !== 0 ? `${asked} with command lines` : asked,
      ...((flags & FLAG_COMPRESSED) !== 0 ? ["zstd"] : []),
    ];
    const lines = [this.#paint.dim(this.#indented(facts.join(", ")))];
    // A part's own line tells of the part; what the whole says comes below.
    if (segment !== undefined) lines.unshift(this.#indented(snapshotSummary(snapshot)));
    if (processes.length === 0) return lines;
    lines.push(this.#paint.dim(this.#indented("    PID   CPU %       RSS  NAME")));
    for (const { pid, cpuPct, rssBytes, name, cmdline } of processes.slice(0, SHOWN_PROCESSES)) {
      const numbers = `${String(pid).padStart(7)}  ${cpuPct.toFixed(1).padStart(6)}  ${size(rssBytes).padStart(8)}`;
      const command = cmdline === null || cmdline === "" ? "" : `  ${printable(cmdline)}`;
      lines.push(this.#indented(`${numbers}  ${printable(name)}${command}`));
    }
    const more = processes.length - SHOWN_PROCESSES;
    if (more > 0) lines.push(this.#paint.dim(this.#indented(`${"…".padStart(7)}  ${grouped(more)} more`)));
    return lines;
  }

  #faultLines(fault: CaptureFault): string[] {
    const { error, errorName, offset } = fault;
    const texts = [foundText(error), resumeText(fault)];
    // Marked for those who see no colours, and for a search.
    const head = `${String(offset).padStart(OFFSET_COLUMNS)}  !! ${errorName}`;
    // Nothing of this is ever cut: it is what one looks for.
    return [this.#paint.alarm(head), ...texts.map((text) => `${INDENT}${text}`)];
  }

  #indented(text: string): string {
    return INDENT + fitColumns(text, this.#columns - INDENT.length);
  }
}
