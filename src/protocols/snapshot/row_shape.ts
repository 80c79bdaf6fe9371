/** The rows of this protocol as types: the shape of its vectors (`fixtures/snapshot/*.json`). */
import type { FrameRow } from "../definition.ts";
import type { Int64 } from "./messages.ts";
import type { MessageType } from "./wire.ts";

interface ExtensionRow {
  readonly tag: Int64;
}

/** A snapshot within a row. */
export interface SnapshotRowPayload {
  readonly snapshotId: string;
  readonly windowStartMs: Int64;
  readonly windowEndMs: Int64;
  readonly cpuTotalPct: number;
  readonly memUsedBytes: Int64;
  readonly memTotalBytes: Int64;
  readonly processes: readonly {
    readonly pid: number;
    readonly name: string;
    readonly cpuPct: number;
    readonly rssBytes: Int64;
  }[];
  readonly extensions: readonly ExtensionRow[];
}

/** What every row has. */
interface EnvelopeRow {
  readonly version: string;
  readonly flags: number;
  readonly platform: number;
  readonly messageId: string;
  readonly timestampUtcMs: Int64;
  readonly agentId: string;
  readonly envelopeExtensions: readonly ExtensionRow[];
}

/** A row, as far as those who explain captures look into it. */
export type MessageRow = EnvelopeRow &
  (
    | {
        readonly type: "snapshot";
        readonly segment?: { readonly snapshotId: string; readonly partIndex: number; readonly partCount: number };
        readonly payload?: SnapshotRowPayload;
      }
    | {
        readonly type: "ack";
        readonly payload: {
          readonly ackedId: string;
          readonly status: number;
          readonly errorCode: number;
          readonly detail: string;
          readonly extensions: readonly ExtensionRow[];
        };
      }
    | {
        readonly type: "error";
        readonly payload: {
          readonly errorCode: number;
          readonly regardingId: string;
          readonly detail: string;
          readonly extensions: readonly ExtensionRow[];
        };
      }
    | {
        readonly type: "backpressure" | "handshakeAck";
        readonly payload: { readonly throttleDelayMs: number; readonly extensions: readonly ExtensionRow[] };
      }
    | {
        readonly type: Exclude<MessageType, "snapshot" | "ack" | "error" | "backpressure" | "handshakeAck">;
        readonly payload: { readonly extensions: readonly ExtensionRow[] };
      }
  );

/** A row that the frame reader of this protocol made. */
export function messageRowOf(row: FrameRow): MessageRow {
  return row as unknown as MessageRow;
}

/** What only a server sends; both sides send heartbeats (spec, preamble). */
export const FROM_SERVERS: ReadonlySet<MessageType> = new Set(["handshakeAck", "ack", "backpressure", "error"]);
