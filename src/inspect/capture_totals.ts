/** What a whole capture holds, in numbers. */
import type { CaptureItem } from "./capture_reader.ts";
import { fitColumns, printable } from "./printable.ts";
import { counted, grouped, size, span, timestamp } from "./quantities.ts";
import { envelopeOf } from "./snapshot_row.ts";

/** Agents that are told apart; a capture of more says so. */
const MAX_AGENTS = 10_000;
/** Agents that are named. */
const NAMED_AGENTS = 5;

/** Counts the items of a capture. */
export class CaptureTotals {
  readonly #frames = new Map<string, number>();
  readonly #faults = new Map<string, number>();
  readonly #agents = new Set<string>();
  #bytes = 0;
  #skippedBytes = 0;
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
      this.#skippedBytes += item.endOffset - item.offset;
      return;
    }
    const { type, agentId, timestampUtcMs } = envelopeOf(item.row);
    this.#bytes = item.offset + item.frame.length;
    increment(this.#frames, type);
    if (type === "snapshot" && "payload" in item.row) this.#snapshots++;
    if (this.#agents.size < MAX_AGENTS) this.#agents.add(agentId);
    if (this.#firstMs === undefined || timestampUtcMs < this.#firstMs) this.#firstMs = timestampUtcMs;
    if (this.#lastMs === undefined || timestampUtcMs > this.#lastMs) this.#lastMs = timestampUtcMs;
  }

  /** Lines for people, without indentation. */
  lines(): string[] {
    const whole = `${counted(this.frames, "frame")}, ${counted(this.#snapshots, "whole snapshot")}`;
    const lines = [`size      ${grouped(this.#bytes)} bytes (${size(this.#bytes)}), ${whole}`];
    if (this.#frames.size > 0) {
      lines.push(`frames    ${list(this.#frames)}`, `agents    ${this.#agentsText()}`, `sent      ${this.#timeText()}`);
    }
    const faults = this.faults === 0 ? "none" : `${list(this.#faults)}; ${counted(this.#skippedBytes, "byte")} skipped`;
    return [...lines, `problems  ${faults}`];
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
