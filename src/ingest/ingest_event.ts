import type { HandshakePayload, Version } from "../protocols/snapshot/messages.ts";
import type { AddressRefusal } from "./address_gate.ts";

/** Why a connection is turned away before it says anything. */
export type ConnectionRefusal = "connection-limit" | "half-open-limit" | AddressRefusal | "draining";

/** Why a TLS handshake came to nothing, as hosts tell it. */
export type TlsFailure =
  | "tls-aborted"
  | "tls-failed"
  | "tls-timeout"
  | "certificate-missing"
  | "certificate-expired"
  | "certificate-untrusted"
  | "draining";

/** Why a snapshot was left unanswered; its agent keeps it and sends it again. */
export type DropReason = "queue-full" | "agent-queue-full" | "draining";

/** What the engine tells its host for the log. */
export type IngestEvent =
  /** This and `tlsFailed` at most once a second for each reason; the counters have them all. */
  | { readonly type: "connectionRefused"; readonly remoteAddress: string; readonly reason: ConnectionRefusal }
  | { readonly type: "tlsFailed"; readonly remoteAddress: string; readonly reason: string }
  /** A handshake with an agent id that the peer's certificate does not prove. */
  | {
      readonly type: "unauthorized";
      readonly agentId: string;
      readonly remoteAddress: string;
      /** The ids that it does prove, separated by spaces; the first eight. */
      readonly peerAgentIds: string;
    }
  | {
      readonly type: "agentConnected";
      readonly agentId: string;
      readonly remoteAddress: string;
      readonly version: Version;
      readonly platform: number;
      readonly handshake: HandshakePayload;
    }
  | {
      readonly type: "disconnected";
      /** Nothing when it never came to a handshake. */
      readonly agentId: string | undefined;
      readonly remoteAddress: string;
      readonly reason: string;
    }
  /** Two machines may share an id by mistake (spec §6.8). */
  | {
      readonly type: "agentReplaced";
      readonly agentId: string;
      readonly remoteAddress: string;
      readonly olderAddress: string;
    }
  /** Only when `reportStored` is set: there may be tens of thousands a second. */
  | {
      readonly type: "stored";
      readonly agentId: string;
      /** 32 hexadecimal digits. */
      readonly snapshotId: string;
      readonly processes: number;
      readonly wireBytes: number;
      /** From the end of the sampling window to durable; as good as the agent's clock and the server's agree. */
      readonly latencyMs: number;
    }
  | {
      readonly type: "refused";
      readonly agentId: string | undefined;
      /** Nothing when it could not be read. */
      readonly snapshotId: string | undefined;
      readonly code: string;
      readonly message: string;
    }
  /** This, `refused` and `unknownExtensions` at most 20 times a connection; the counters have them all. */
  | {
      readonly type: "protocolError";
      readonly agentId: string | undefined;
      readonly remoteAddress: string;
      readonly code: string;
      readonly message: string;
    }
  | {
      readonly type: "unknownExtensions";
      readonly agentId: string | undefined;
      readonly messageType: string;
      /** Tags, separated by commas. */
      readonly tags: string;
    }
  /** A snapshot was turned away because the queue is full; said once until the queue has room again. */
  | { readonly type: "queueFull"; readonly queueSnapshots: number; readonly queueBytes: number }
  | { readonly type: "throttle"; readonly throttleDelayMs: number; readonly reason: string }
  /** Said when the store begins to fail and when its reason changes. */
  | {
      readonly type: "storeFailed";
      readonly reason: string;
      readonly batchSnapshots: number;
      readonly retryDelayMs: number;
    }
  | { readonly type: "storeRecovered"; readonly failedAttempts: number }
  | { readonly type: "draining"; readonly connections: number; readonly queueSnapshots: number }
  /** No connection is left, nothing waits. `unstoredSnapshots` were not acknowledged: their agents have them. */
  | { readonly type: "drained"; readonly unstoredSnapshots: number };
