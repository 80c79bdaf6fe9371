/** What a whole capture holds, in numbers. */
import type { CaptureItem } from "./capture_reader.ts";
import { fitColumns, printable } from "./printable.ts";
import { counted, grouped, size, span, timestamp } from "./quantities.ts";
import { sentOf, snapshotRowOf } from "./snapshot_row.ts";
import { FILE_ORIGIN, type ItemOrigin, isSnapshotProtocol } from "./streams_reader.ts";
import { UnfinishedSnapshots } from "./unfinished_snapshots.ts";

/** Agents that are told apart; a capture of more says so. */
const MAX_AGENTS = 10_000;
/** As many as an index numbers. */
const MAX_STREAMS = 65_535;
/** Agents that are named. */
const NAMED_AGENTS = 5;

/** Counts the items of a capture. */
export class CaptureTotals {
  readonly #frames = new Map<string, number>();
  readonly #faults = new Map<string, number>();
  readonly #agents = new Set<string>();
  readonly #unfinished: UnfinishedSnapshots = new UnfinishedSnapshots();
  /** Where each stream of a packet capture has come to. */
  readonly #streamBytes = new Map<string, number>();
  #incomplete = 0;
  #bytes = 0;
  #faultBytes = 0;
  #snapshots = 0;
  /** True where there are messages of another protocol. */
  #hasOthers = false;
  #firstMs: number | bigint | undefined;
  #lastMs: number | bigint | undefined;

  /** Frames that could be decoded. */
  get frames(): number {
    return sum(this.#frames);
  }

  /** Whole snapshots. */
  get snapshots(): number {
    return this.#snapshots;
  }

  get faults(): number {
    return sum(this.#faults);
  }

  /** Bytes of the capture up to the end of the last item. */
  get bytes(): number {
    return this.#bytes;
  }

  add(item: CaptureItem, { definition, timeMs, stream }: ItemOrigin = FILE_ORIGIN): void {
    if (item.type === "fault") {
      increment(this.#faults, item.errorName);
      this.#count(stream, item.endOffset);
      this.#faultBytes += item.endOffset - item.offset;
      return;
    }
    const { type, agentId = "", timestampUtcMs = timeMs } = sentOf(item.row);
    this.#count(stream, item.offset + item.frame.length);
    increment(this.#frames, type);
    this.#hasOthers ||= !isSnapshotProtocol(definition);
    const snapshot = isSnapshotProtocol(definition) ? snapshotRowOf(item.row) : undefined;
    if (snapshot !== undefined) {
      this.#incomplete += this.#unfinished.take(item.offset, snapshot).length;
      if (snapshot.payload !== undefined) this.#snapshots++;
    }
    if (agentId !== "" && this.#agents.size < MAX_AGENTS) this.#agents.add(agentId);
    if (Number.isNaN(timestampUtcMs)) return;
    if (this.#firstMs === undefined || timestampUtcMs < this.#firstMs) this.#firstMs = timestampUtcMs;
    if (this.#lastMs === undefined || timestampUtcMs > this.#lastMs) this.#lastMs = timestampUtcMs;
  }

  /** Bytes of all streams: of each, up to the end of its last item. */
  #count(stream: string, endOffset: number): void {
    if (stream !== "" && this.#streamBytes.size < MAX_STREAMS) {
      this.#bytes += endOffset - (this.#streamBytes.get(stream) ?? 0);
      this.#streamBytes.set(stream, endOffset);
    } else this.#bytes = Math.max(this.#bytes, endOffset);
  }

  /** Snapshots of which parts are missing. */
  get incomplete(): number {
    return this.#incomplete + this.#unfinished.size;
  }

  /** What is wrong, in a line for people; nothing if nothing is. */
  get problems(): string | undefined {
    const problems: string[] = [];
    if (this.faults > 0) problems.push(`${list(this.#faults)} (${counted(this.#faultBytes, "byte")})`);
    if (this.incomplete > 0) problems.push(`${counted(this.incomplete, "incomplete snapshot")}`);
    return problems.length === 0 ? undefined : `${problems.join(", ")}: tidewire check says more`;
  }

  /** Lines for people. */
  lines(): string[] {
    const snapshots = this.#snapshots > 0 || !this.#hasOthers ? `, ${counted(this.#snapshots, "whole snapshot")}` : "";
    const whole = `${counted(this.frames, "frame")}${snapshots}`;
    const lines = [`size      ${grouped(this.#bytes)} bytes (${size(this.#bytes)}), ${whole}`];
    if (this.#frames.size > 0) {
      lines.push(`frames    ${list(this.#frames)}`);
      if (this.#agents.size > 0) lines.push(`agents    ${this.#agentsText()}`);
      if (this.#firstMs !== undefined) lines.push(`sent      ${this.#timeText()}`);
    }
    return lines;
  }

  #agentsText(): string {
    const named = [...this.#agents].slice(0, NAMED_AGENTS).map((agentId) => fitColumns(printable(agentId), 40));
    const more = this.#agents.size > NAMED_AGENTS ? ", …" : "";
    const count = this.#agents.size === MAX_AGENTS ? `${grouped(MAX_AGENTS)} or more` : grouped(this.#agents.size);
    return `${count}: ${named.join(", ")}${more}`;
  }

  #timeText(): string {
    const lastsMs = Number(this.#lastMs) - Number(this.#firstMs);
    const first = `${timestamp(this.#firstMs!)} UTC`;
    return lastsMs === 0 ? first : `${timestamp(this.#firstMs!)} to ${timestamp(this.#lastMs!)} UTC, ${span(lastsMs)}`;
  }
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}

function list(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${grouped(count)} ${name}`).join(", ");
}
