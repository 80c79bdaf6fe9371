/** The rows of the snapshot protocol as types (their shape is that of `fixtures/snapshot/*.json`). */
import type { FrameRow } from "../protocols/definition.ts";
import type { Int64, MessageType } from "../protocols/snapshot/mod.ts";

/** An extension; its bytes as hexadecimal digits. */
export interface ExtensionRow {
  readonly tag: Int64;
  readonly bytes: string;
}

export interface ProcessValue {
  readonly pid: number;
  readonly name: string;
  readonly cpuPct: number;
  readonly rssBytes: Int64;
  readonly cmdline: string | null;
}

/** A whole snapshot. */
export interface SnapshotValue {
  readonly snapshotId: string;
  readonly windowStartMs: Int64;
  readonly windowEndMs: Int64;
  readonly cpuTotalPct: number;
  readonly selection: number;
  readonly memUsedBytes: Int64;
  readonly memTotalBytes: Int64;
  readonly processTotal: number;
  readonly processes: readonly ProcessValue[];
  readonly extensions: readonly ExtensionRow[];
}

/** A part of a snapshot. */
export interface SegmentValue {
  readonly snapshotId: string;
  readonly partIndex: number;
  readonly partCount: number;
  readonly totalBytes: number;
  readonly offset: number;
  readonly bytes: number;
}

/** What stands before every payload. */
export interface EnvelopeValue {
  readonly version: string;
  readonly type: MessageType;
  readonly flags: number;
  readonly platform: number;
  readonly timestampUtcMs: Int64;
  readonly agentId: string;
}

/** A row of a Snapshot frame: a part, a whole, or the part that makes it whole. */
export interface SnapshotRow extends EnvelopeValue {
  readonly type: "snapshot";
  readonly segment?: SegmentValue;
  readonly payload?: SnapshotValue;
}

/** What rows of most protocols have, whatever else they say. */
export interface SentValue {
  readonly type: string;
  readonly timestampUtcMs?: Int64;
  readonly agentId?: string;
}

/** What a row of any protocol says of who sent it, and when. */
export function sentOf(row: FrameRow): SentValue {
  return row as unknown as SentValue;
}

/** The row as that of a Snapshot frame, or nothing if it is another message. */
export function snapshotRowOf(row: FrameRow): SnapshotRow | undefined {
  return row["type"] === "snapshot" ? (row as unknown as SnapshotRow) : undefined;
}
