/** The seven messages as values (spec §4). Shapes follow the spec's tables field by field. */
import type { MessageType } from "./wire.ts";

/** A protocol version; a higher major is another protocol, a higher minor adds extensions only (spec §5). */
export interface Version {
  readonly major: number;
  readonly minor: number;
}

/** A range of versions, both ends included, ordered by (major, minor). */
export interface VersionRange {
  readonly min: Version;
  readonly max: Version;
}

/** A 64-bit integer: a `number` while it is a safe integer, a `bigint` beyond, so no value is ever rounded. */
export type Int64 = number | bigint;

/** One extension (spec §5). */
export interface Extension {
  readonly tag: Int64;
  readonly bytes: Uint8Array;
}

/** What stands before every payload (spec §2). */
export interface Envelope {
  readonly version: Version;
  readonly type: MessageType;
  readonly flags: number;
  readonly platform: number;
  /** 16 bytes. */
  readonly messageId: Uint8Array;
  readonly timestampUtcMs: Int64;
  readonly agentId: string;
  readonly extensions: readonly Extension[];
}

export interface HandshakePayload {
  readonly minMajor: number;
  readonly minMinor: number;
  readonly maxMajor: number;
  readonly maxMinor: number;
  readonly capabilities: number;
  readonly agentVersion: string;
  readonly hostName: string;
  readonly osRelease: string;
  readonly extensions: readonly Extension[];
}

export interface HandshakeAckPayload {
  readonly handshakeId: Uint8Array;
  readonly chosenMajor: number;
  readonly chosenMinor: number;
  /** 0 none, 1 zstd. */
  readonly compression: number;
  readonly heartbeatIntervalMs: number;
  readonly targetSnapshotBytes: number;
  readonly maxFrameBytes: number;
  readonly maxUnstoredSnapshots: number;
  readonly throttleDelayMs: number;
  readonly extensions: readonly Extension[];
}

export interface HeartbeatPayload {
  readonly queuedSnapshots: number;
  readonly droppedSnapshots: Int64;
  readonly extensions: readonly Extension[];
}

/** One process of a snapshot. */
export interface ProcessRow {
  readonly pid: number;
  readonly name: string;
  readonly cpuPct: number;
  readonly rssBytes: Int64;
  readonly cmdline: string | null;
}

export interface SnapshotPayload {
  readonly snapshotId: Uint8Array;
  readonly windowStartMs: Int64;
  readonly windowEndMs: Int64;
  readonly cpuTotalPct: number;
  readonly selection: number;
  readonly memUsedBytes: Int64;
  readonly memTotalBytes: Int64;
  readonly processTotal: number;
  /** Ordered by `cpuPct` descending, then `pid` ascending. */
  readonly processes: readonly ProcessRow[];
  readonly extensions: readonly Extension[];
}

export interface AckPayload {
  readonly ackedId: Uint8Array;
  /** 0 received, 1 stored, 2 refused. */
  readonly status: number;
  readonly errorCode: number;
  readonly detail: string;
  readonly extensions: readonly Extension[];
}

export interface BackpressurePayload {
  readonly throttleDelayMs: number;
  readonly reason: string;
  readonly extensions: readonly Extension[];
}

export interface ErrorPayload {
  readonly errorCode: number;
  readonly regardingId: Uint8Array;
  readonly detail: string;
  readonly extensions: readonly Extension[];
}

/** Which slice of which encoded snapshot a segmented payload holds (spec §3). */
export interface Segment {
  readonly snapshotId: Uint8Array;
  readonly partIndex: number;
  readonly partCount: number;
  readonly totalBytes: number;
  readonly offset: number;
  /** The slice; a view on the frame it was decoded from. */
  readonly slice: Uint8Array;
}
