import type { ProtocolError } from "../core/protocol_error.ts";

/**
 * How an agent ends: everything is stored; what is not stays in the spool; it was waited for long enough; nobody waited.
 */
export type AgentEnding = "drained" | "spooled" | "timedOut" | "forced";

/** What the engine asks of its host. */
export type AgentAction =
  /** Look at the machine now, then say `sampled` or `sampleFailed`. */
  | { readonly type: "sample" }
  /** Open a transport to that server, then say `opened` or `lost`. */
  | { readonly type: "connect"; readonly attempt: number; readonly server: string }
  /** Write what `takeOutput` gives, close the transport, then say `lost`. */
  | { readonly type: "disconnect"; readonly reason: string }
  /** The end: write what `takeOutput` gives, close everything. Nothing comes after it. */
  | { readonly type: "finished"; readonly how: AgentEnding; readonly queued: number };

/** What happened, for logs and counters. */
export type AgentReport =
  /** A snapshot is in the outbox; `payload` is what is sent (`encodeSnapshot`). */
  | {
      readonly type: "sampled";
      readonly snapshotId: Uint8Array;
      readonly payload: Uint8Array;
      readonly processes: number;
    }
  | { readonly type: "sampleFailed"; readonly reason: string }
  | {
      readonly type: "connected";
      readonly server: string;
      readonly version: string;
      readonly compression: "none" | "zstd";
      readonly queued: number;
    }
  | { readonly type: "disconnected"; readonly reason: string; readonly queued: number }
  /** After that wait `server` is tried, which is another one when there are several. */
  | { readonly type: "retry"; readonly delayMs: number; readonly server: string; readonly reason: string }
  | {
      readonly type: "stored";
      readonly snapshotId: Uint8Array;
      readonly processes: number;
      readonly wireBytes: number;
      /** From the end of sampling to the server's word that it is durable. */
      readonly latencyMs: number;
      readonly queued: number;
    }
  | {
      readonly type: "refused";
      readonly snapshotId: Uint8Array;
      readonly errorName: string;
      readonly detail: string;
    }
  | {
      readonly type: "dropped";
      readonly snapshotId: Uint8Array;
      readonly queued: number;
      readonly droppedTotal: number;
    }
  /** A snapshot is durable on this machine, whatever becomes of the agent. */
  | { readonly type: "spooled"; readonly snapshotId: Uint8Array }
  /** A snapshot that was refused is kept aside. */
  | { readonly type: "quarantined"; readonly snapshotId: Uint8Array }
  /** The spool's disk does not write; what is not stored stays in memory meanwhile. */
  | { readonly type: "spoolFailed"; readonly reason: string }
  | { readonly type: "spoolRecovered" }
  /** Snapshots that the disk does not give back; their file is tried again when the agent starts anew. */
  | { readonly type: "spoolSetAside"; readonly file: string; readonly snapshots: number }
  /** Snapshots that the disk never gave back, and whose file had to make room or was too old. */
  | { readonly type: "spoolLost"; readonly snapshots: number; readonly droppedTotal: number }
  | { readonly type: "resent"; readonly snapshotId: Uint8Array; readonly partIndex: number; readonly attempt: number }
  | {
      readonly type: "throttle";
      readonly throttleDelayMs: number;
      readonly effectiveIntervalMs: number;
      readonly reason: string;
    }
  | { readonly type: "serverError"; readonly errorName: string; readonly detail: string }
  | { readonly type: "unknownExtensions"; readonly messageType: string; readonly count: number }
  | { readonly type: "protocolError"; readonly error: ProtocolError }
  | { readonly type: "draining"; readonly queued: number };

export type AgentEvent = AgentAction | AgentReport;

/** What an agent has done since it started. */
export interface AgentCounters {
  sampled: number;
  sampleFailures: number;
  stored: number;
  refused: number;
  dropped: number;
  resent: number;
  connects: number;
  wireBytes: number;
}
