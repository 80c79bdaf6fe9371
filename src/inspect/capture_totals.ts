/** What a whole capture holds, in numbers. */
import type { CaptureItem } from "./capture_reader.ts";
import { fitColumns, printable } from "./printable.ts";
import { counted, grouped, size, span, timestamp } from "./quantities.ts";
import { envelopeOf, snapshotRowOf } from "./snapshot_row.ts";
import { UnfinishedSnapshots } from "./unfinished_snapshots.ts";

/** Agents that are told apart; a capture of more says so. */
const MAX_AGENTS = 10_000;
/** Agents that are named. */
const NAMED_AGENTS = 5;

/** Counts the items of a capture. */
export class CaptureTotals {
  readonly #frames = new Map<string, number>();
  readonly #faults = new Map<string, number>();
  readonly #agents = new Set<string>();
  readonly #unfinished: UnfinishedSnapshots = new UnfinishedSnapshots();
  #incomplete = 0;
  #bytes = 0;
  #faultBytes = 0;
  #snapshots = 0;
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

  add(item: CaptureItem): void {
    if (item.type === "fault") {
      increment(this.#faults, item.errorName);
      this.#bytes = item.endOffset;
      this.#faultBytes += item.endOffset - item.offset;
      return;
    }
    const { type, agentId, timestampUtcMs } = envelopeOf(item.row);
    this.#bytes = item.offset + item.frame.length;
    increment(this.#frames, type);
    const snapshot = snapshotRowOf(item.row);
    if (snapshot !== undefined) {
      this.#incomplete += this.#unfinished.take(item.offset, snapshot).length;
      if (snapshot.payload !== undefined) this.#snapshots++;
    }
    if (this.#agents.size < MAX_AGENTS) this.#agents.add(agentId);
    if (this.#firstMs === undefined || timestampUtcMs < this.#firstMs) this.#firstMs = timestampUtcMs;
    if (this.#lastMs === undefined || timestampUtcMs > this.#lastMs) this.#lastMs = timestampUtcMs;
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
    const whole = `${counted(this.frames, "frame")}, ${counted(this.#snapshots, "whole snapshot")}`;
    const lines = [`size      ${grouped(this.#bytes)} bytes (${size(this.#bytes)}), ${whole}`];
    if (this.#frames.size > 0) {
      lines.push(`frames    ${list(this.#frames)}`, `agents    ${this.#agentsText()}`, `sent      ${this.#timeText()}`);
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
